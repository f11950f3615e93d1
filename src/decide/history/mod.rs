//! History: what the judged leads did, and what earlier cards had promised of them.
//!
//! In: [`OutOfFold`](crate::decide::frontier::OutOfFold), its histogram, bands and policies. Out: the bands overall and by month, the
//! funnels by source, segment and team, the back-test, and how many of its promises held.
//!
//! Always true: every count is of leads that the card judging them had not seen; a period's promise knows nothing of it.

mod back_test;
mod bands;
mod funnels;
mod promises;
pub mod record;

pub use back_test::{PastCurve, back_test};
pub use bands::{band_metrics, bands_by_month};
pub use funnels::funnel;
pub use promises::past_promises;
