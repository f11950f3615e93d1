#[test]
fn try_data() {
    let mut all: Vec<_> = std::fs::read_dir("/work/shared/data")
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some() && p.extension().unwrap() == "parquet")
        .collect();
    all.sort();
    for p in &all {
        let t = super::read_table(&p.display().to_string(), "leads", None).unwrap();
        eprintln!("--- {} {:?}", p.display(), t.frame.shape());
        for c in t.frame.columns() {
            let n = c.as_materialized_series().n_unique().unwrap();
            let ex: Vec<String> = (0..3).map(|i| c.get(i).unwrap().to_string()).collect();
            eprintln!("{:30} {:24} uniq {:6} null {:6} {:?}", c.name(), c.dtype().to_string(), n, c.null_count(), ex);
        }
    }
}
