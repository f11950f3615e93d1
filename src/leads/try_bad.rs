#[test]
fn try_bad() {
    let only = std::env::var("ONLY").unwrap_or_default();
    let mut all = Vec::new();
    fn walk(p: &std::path::Path, all: &mut Vec<std::path::PathBuf>) {
        for e in std::fs::read_dir(p).unwrap() {
            let p = e.unwrap().path();
            if p.is_dir() { walk(&p, all) } else { all.push(p) }
        }
    }
    walk(std::path::Path::new("/work/shared/data/bad-parquet"), &mut all);
    all.sort();
    for p in all.iter().filter(|p| p.to_string_lossy().contains(&only)) {
        eprintln!("--- {}", p.display());
        let t = std::time::Instant::now();
        match super::read_table(&p.display().to_string(), "leads", None) {
            Ok(t) => eprintln!(
                "ok {:?} unsupported {:?} {:?}",
                t.frame.shape(),
                t.unsupported.len(),
                t.frame.columns().iter().map(|c| format!("{}:{}", c.name(), c.dtype())).take(6).collect::<Vec<_>>()
            ),
            Err(e) => eprintln!("ERR {e}"),
        }
        if t.elapsed().as_secs_f64() > 1.0 {
            eprintln!("SLOW {:?}", t.elapsed());
        }
    }
}
