//! Laws of the whole: what must hold whatever the leads are.

use bantam::card::{Card, When};
use bantam::score::Scorer;

use crate::place::{Place, leads_csv};

fn card_of(csv: &str, options: &[&str]) -> Card {
    let place = Place::new();
    place.write("leads.csv", csv);
    place.run_well(&[&["calibrate", "leads.csv", "--converted", "won", "--quiet"], options].concat());
    Card::from_json(&place.read("bantam-out/current/card.json")).expect("the card reads back")
}

#[test]
fn the_order_of_the_rows_changes_nothing() {
    let csv = leads_csv(1200);
    let (header, rows) = csv.split_once('\n').expect("a header");
    let reversed: Vec<&str> = rows.lines().rev().collect();
    let turned = format!("{header}\n{}\n", reversed.join("\n"));
    let (one, two) = (card_of(&csv, &["--id", "lead_id"]), card_of(&turned, &["--id", "lead_id"]));
    assert_eq!(
        (one.criteria, one.curve, one.bands, one.thresholds),
        (two.criteria, two.curve, two.bands, two.thresholds)
    );
}

#[test]
fn more_points_never_mean_a_lower_probability() {
    let card = card_of(&leads_csv(1200), &[]);
    assert!(card.curve.windows(2).all(|pair| pair[0].probability_bp <= pair[1].probability_bp));
    assert!(
        card.curve.iter().all(|entry| entry.low_bp <= entry.probability_bp && entry.probability_bp <= entry.high_bp)
    );
}

#[test]
fn a_trend_holds_on_the_card() {
    let place = Place::new();
    place.write("leads.csv", &leads_csv(1200));
    place.write(
        "bantam.toml",
        "[leads]\npath = \"leads.csv\"\nid = \"lead_id\"\n[outcome]\nconverted = \"won\"\n\
         [[criterion]]\nname = \"clicks\"\ntrend = \"decreasing\"\n\
         [[criterion]]\nname = \"revenue\"\ntrend = \"increasing\"\n\
         [[criterion]]\nname = \"budget\"\norder = [\"none\", \"requested\", \"approved\"]\ntrend = \"increasing\"\n",
    );
    place.run_well(&["calibrate", "bantam.toml", "--quiet"]);
    let card = Card::from_json(&place.read("bantam-out/current/card.json")).expect("reads back");
    for criterion in card.criteria.iter().filter(|criterion| !criterion.is_pair()) {
        let along: Vec<i32> = (criterion.levels.iter())
            .filter(|level| match &level.when {
                When::Missing | When::Cells(_) => false,
                When::Else => criterion.name != "budget",
                When::Below(_) | When::OneOf(_) => true,
            })
            .map(|level| level.points)
            .collect();
        let rises = along.windows(2).all(|pair| pair[0] <= pair[1]);
        let falls = along.windows(2).all(|pair| pair[0] >= pair[1]);
        // Won leads click more: against that, a falling trend leaves clicks flat or off the card.
        assert!(if criterion.name == "clicks" { falls } else { rises }, "{}: {along:?}", criterion.name);
    }
}

#[test]
fn the_card_alone_gives_every_lead_its_points() {
    let card = card_of(&leads_csv(1200), &[]);
    let scorer = Scorer::new(&card).expect("a checked card");
    for row in &card.golden {
        let lead: serde_json::Map<String, serde_json::Value> = row.inputs.clone().into_iter().collect();
        assert_eq!(scorer.score_lead(&lead).expect("golden rows score").score, row.score);
    }
}
