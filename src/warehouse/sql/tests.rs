use super::*;
use crate::warehouse::testing::{small_grid, small_layout, small_settings};

const ALL: [Dialect; 6] =
    [Dialect::Postgres, Dialect::Duckdb, Dialect::Sqlite, Dialect::Snowflake, Dialect::Bigquery, Dialect::Spark];

#[test]
fn every_dialect_reads_like_this() {
    let settings = small_settings(&[]);
    let (layout, _) = small_layout(&settings);
    let grid = small_grid(&layout);
    for dialect in ALL {
        let tables = tables(&settings, asked(&settings).expect("asked"), &layout, dialect).expect("tables");
        let first = values(&layout, &tables, "plan-1").sql(dialect);
        let second = patterns(&layout, &grid, &tables, "plan-2").sql(dialect);
        // Both begin with the same rows.
        let coded = second.find("bantam_coded AS").expect("codes");
        let totals = totals(&layout, &tables, "plan-2").sql(dialect);
        let repeated = totals.find("bantam_repeated AS").expect("repeated hand-offs");
        assert_eq!(second[..coded], totals[..repeated]);
        let shown = format!(
            "-- 1-values.sql\n{first}\n-- 2-patterns.sql, from where it differs\n{}\n-- 3-totals.sql, from where it differs\n{}\n-- verify.sql\n{}",
            &second[coded..],
            &totals[repeated..],
            verify(dialect)
        );
        insta::assert_snapshot!(format!("{dialect:?}").to_lowercase(), shown);
    }
}

#[test]
fn the_page_says_what_to_run() {
    let settings = small_settings(&[]);
    let warehouse = asked(&settings).expect("asked");
    insta::assert_snapshot!(page::page(Dialect::Duckdb, warehouse, true));
    for dialect in ALL {
        let before = page::page(dialect, warehouse, false);
        assert!(before.contains("1-values.sql") && !before.contains("2-patterns.sql"), "{before}");
    }
}

#[test]
fn files_of_the_second_pass_come_once_the_first_is_there() {
    let folder = tempfile::tempdir().expect("temp dir");
    let settings = small_settings(&[]);
    let names = || -> Vec<&str> {
        let files = statements(&settings, Dialect::Duckdb, folder.path(), &mut Progress::hidden()).expect("statements");
        files.iter().map(|file| file.name).collect()
    };
    assert_eq!(names(), ["verify.sql", "1-values.sql", "README.md"]);
    let (layout, _) = small_layout(&settings);
    let plan = plan_of(&settings, &layout);
    let rows: Vec<String> = (1..=layout.coded().count()).map(|part| format!("{plan},{part},,,,4\n")).collect();
    let text = format!("plan,part,low,high,answer,n\n{}", rows.concat());
    std::fs::write(folder.path().join("values.csv"), text).expect("written");
    assert_eq!(names(), ["verify.sql", "1-values.sql", "2-patterns.sql", "3-totals.sql", "README.md"]);
}

#[test]
fn a_plan_names_config_and_grid() {
    let settings = small_settings(&[]);
    let (layout, _) = small_layout(&settings);
    let plan = plan_of(&settings, &layout);
    assert_eq!(plan, plan_of(&settings, &layout));
    let other = small_settings(&[("cells = 8", "cells = 9")]);
    assert_ne!(plan, plan_of(&other, &small_layout(&other).0));
    let grid = small_grid(&layout);
    let other = Grid { parts: vec![None; layout.parts.len()] };
    assert_ne!(plan_with(&plan, &grid), plan_with(&plan, &other));
}
