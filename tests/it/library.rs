//! The library as a program of one's own meets it: a run from a config without the command, and a card that answers lead by lead.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use bantam::data::dataset::read_dataset;
use bantam::progress::Progress;
use bantam::runs::{RunFolder, write_run};
use bantam::settings;

use crate::place::Place;

fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data/bantam.toml")
}

/// The examples are built with the tests, in a folder beside them.
fn example(name: &str) -> Command {
    let tests = std::env::current_exe().expect("a test has a path");
    let builds = tests.parent().and_then(Path::parent).expect("target/PROFILE/deps");
    Command::new(builds.join("examples").join(name))
}

#[test]
fn a_library_call_makes_the_run_that_the_command_makes() {
    let place = Place::new();
    let mut settings = settings::load(&sample()).expect("the sample").check().expect("the sample's settings");
    let mut progress = Progress::hidden();
    let data = read_dataset(&mut settings, None, &mut progress).expect("the sample's leads");
    let calibrated = bantam::calibrate(data, &settings, &mut progress).expect("a card");
    let folder = RunFolder::stage(&place.path("library")).expect("a folder");
    let run = write_run(folder, &calibrated).expect("a run");
    let sample = sample();
    let by_command = place.run(&["calibrate", &sample.to_string_lossy(), "--out", "command", "--quiet"]);
    assert_eq!(by_command.code, 0, "{}", by_command.stderr);
    for file in ["card.json", "report.html", "out_of_fold.parquet", "scorecard.xlsx", "charts/frontier.svg"] {
        let made = std::fs::read(run.finished.current.join(file)).expect("written by the library");
        assert!(
            made == std::fs::read(place.path("command/current").join(file)).expect("written by the command"),
            "{file}"
        );
    }
}

#[test]
fn the_example_makes_a_run_and_the_service_answers_with_its_card() {
    let place = Place::new();
    let made = example("calibrate").arg(sample()).arg(place.path("out")).output().expect("the example runs");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let card = place.path("out/current/card.json");
    let mut service = example("score_service")
        .arg(&card)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the service runs");
    let mut leads = service.stdin.take().expect("a pipe");
    let golden = place.json("out/current/card.json")["golden"][0].clone();
    writeln!(leads, "{}\n{{\"budget\": 3}}", golden["inputs"]).expect("the service reads");
    drop(leads);
    let answers = String::from_utf8(service.wait_with_output().expect("it ends").stdout).expect("text");
    let answers: Vec<serde_json::Value> =
        answers.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(answers[0]["score"], golden["score"], "{answers:?}");
    assert!(
        answers[1]["error"].is_string(),
        "a lead without its criteria is refused, and the service goes on: {answers:?}"
    );
}
