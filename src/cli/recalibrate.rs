//! `bantam recalibrate`: the points of a card in use, with what its scores are worth now.

use std::path::PathBuf;

use super::bar::progress;
use super::card_file::CardFile;
use super::exit::{Exit, Failure};
use super::input::refuse_settings;
use super::new_leads::NewLeadsArgs;
use super::print;
use crate::calibrate::ENGINE;
use crate::card::Card;
use crate::decide::frontier::check_policies;
use crate::monitor::score_new_leads::score_new_leads;
use crate::monitor::{ScoredNewLeads, recent_leads};
use crate::notes::Note;
use crate::quarter::{
    Advice, Advised, Descent, LineRules, RecentLeads, Shifted, advised_card, judge, recalibrate, shifted_report,
};
use crate::runs::data_fingerprint;
use crate::settings::Settings;

/// Learn anew what the scores of a card are worth; its points stay
///
/// Scores the leads that came after the last one whose outcome the card learnt from, learns from what became of them what a score is
/// worth now, and draws the lines of the card anew by the rules it has: "top 50 a month" still brings 50. No point changes. `bantam
/// monitor` and `bantam calibrate --champion` say when this is enough.
#[derive(Debug, Clone, clap::Args)]
#[command(
    after_help = "Examples:\n  bantam recalibrate card.json --config bantam.toml -o card.shifted.json\n  bantam recalibrate card.json leads.parquet --converted won --as-of handed_off_at --horizon 90d -o card.shifted.json"
)]
pub(super) struct RecalibrateArgs {
    /// The card whose points stay: card.json of a run folder
    #[arg(value_name = "CARD")]
    card: PathBuf,
    #[command(flatten)]
    leads: NewLeadsArgs,
    /// Where the new card goes
    #[arg(short, long, value_name = "FILE")]
    out: PathBuf,
    /// No progress, no summary
    #[arg(short, long)]
    quiet: bool,
}

/// Runs the command.
///
/// # Errors
/// A [`Failure`] with the exit code and what helps.
pub(super) fn run(args: &RecalibrateArgs) -> Result<(), Failure> {
    let config = args.leads.config(&args.card, "recalibrate")?;
    let settings = config.check_to_monitor().map_err(|error| refuse_settings(&error))?;
    let since = args.leads.since()?;
    let card = CardFile::read(&args.card)?;
    refuse_own_card(args)?;
    let followed = score_new_leads(&card.card, &settings, &mut progress(args.quiet))
        .map_err(|error| args.leads.follow_failure(error, &settings, &args.card))?;
    let recalibration = Recalibration { card: &card, followed: &followed, since, settings: &settings };
    let mut notes = followed.notes.clone();
    let leads = recalibration.leads(&mut notes)?;
    let shifted = recalibration.of(leads.clone())?;
    let json = proven(&shifted.card)?;
    std::fs::write(&args.out, json).map_err(|error| Failure::unwritable(&args.out, &error))?;
    if !args.quiet {
        notes.extend(shifted.notes.iter().cloned());
        print(&shifted_report(&shifted, &judge(&leads.judged, None), &notes, &args.out));
    }
    Ok(())
}

/// A card and what its new curve is learnt from.
#[derive(Clone, Copy)]
pub(super) struct Recalibration<'a> {
    pub(super) card: &'a CardFile,
    pub(super) followed: &'a ScoredNewLeads,
    /// First moment of hand-off to look at; `None`: after the last the card learned from.
    pub(super) since: Option<i64>,
    pub(super) settings: &'a Settings,
}

impl<'a> Recalibration<'a> {
    fn failure(&self, error: &(dyn std::error::Error + 'static)) -> Failure {
        Failure::caused(Exit::BadData, format!("cannot recalibrate {}", self.card.shown), error)
    }

    fn leads(&self, notes: &mut Vec<Note>) -> Result<RecentLeads<'a>, Failure> {
        recent_leads(&self.card.card, self.followed, self.since, notes).map_err(|error| self.failure(&error))
    }

    /// The card that an advice comes to; `None` where a new card is advised.
    ///
    /// # Errors
    /// A [`Failure`]: leads or policies that a new curve cannot be made with.
    pub(super) fn advised(&self, advice: &Advice) -> Result<Option<Advised>, Failure> {
        // What the card may have learned from has no part in its advice either.
        let learned_until = self.card.card.learned_until_us();
        let since = self.since.filter(|&since| learned_until.is_none_or(|until| since > until));
        let leads = Self { since, ..*self }.leads(&mut Vec::new())?;
        self.with_rules(leads.as_of.is_some(), |rules, descent| {
            advised_card(&self.card.card, advice, || leads, rules, descent).map_err(|error| self.failure(&error))
        })
    }

    fn of(&self, leads: RecentLeads<'a>) -> Result<Shifted, Failure> {
        self.with_rules(leads.as_of.is_some(), |rules, descent| {
            recalibrate(&leads, rules, descent).map_err(|error| self.failure(&error))
        })
    }

    fn with_rules<T>(
        &self,
        has_dates: bool,
        make: impl FnOnce(&LineRules<'_>, &Descent) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let settings = self.settings;
        let policies = check_policies(&settings.policies, &settings.sales, has_dates)
            .map_err(|error| Failure::caused(Exit::Usage, "cannot apply policies and bands", &error))?;
        let rules = LineRules::of(&policies, &settings.sales, settings);
        let mut files = self.followed.files.clone();
        files.push(self.card.as_input());
        let descent = Descent {
            from_sha256: self.card.sha256.clone(),
            engine: ENGINE.to_owned(),
            data_sha256: data_fingerprint(&files),
            config_sha256: settings.fingerprint(),
        };
        make(&rules, &descent)
    }
}

/// The card as a file that has been read back: one that does not pass its own checks is not written.
pub(super) fn proven(card: &Card) -> Result<String, Failure> {
    let json = card.to_json();
    let read = Card::from_json(&json);
    read.map(|_| json)
        .map_err(|error| Failure::caused(Exit::Internal, "the new card does not pass its own checks", &error))
}

/// The card whose points stay is needed to say what has moved.
fn refuse_own_card(args: &RecalibrateArgs) -> Result<(), Failure> {
    let same = |path: &PathBuf| std::fs::canonicalize(path).ok();
    if same(&args.out).is_some() && same(&args.out) == same(&args.card) {
        let shown = args.out.display();
        return Err(Failure::usage(format!(
            "-o {shown} is the card itself\nhint: give the new card a file of its own"
        )));
    }
    Ok(())
}
