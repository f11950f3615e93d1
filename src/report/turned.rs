//! Two policies side by side, told from the other end.

use std::borrow::Cow;

use crate::decide::forecast::record::{ChanceRange, Estimate, ScenarioPair};

/// The pair with its policies in the other order where `is_turned`: every difference has the other sign.
pub(super) fn turned(pair: &ScenarioPair, is_turned: bool) -> Cow<'_, ScenarioPair> {
    if !is_turned {
        return Cow::Borrowed(pair);
    }
    Cow::Owned(ScenarioPair {
        a: pair.b.clone(),
        b: pair.a.clone(),
        wins_difference: pair.wins_difference.reversed(),
        leads_difference: pair.leads_difference.reversed(),
        a_wins_more: pair.b_wins_more,
        a_wins_more_range: pair.b_wins_more_range,
        b_wins_more_range: pair.a_wins_more_range,
        wins_too_close: pair.wins_too_close,
        b_wins_more: pair.a_wins_more,
        contained: pair.contained.clone(),
        extra_conversion: pair.extra_conversion,
        net_value_difference: pair.net_value_difference.map(Estimate::reversed),
        a_worth_more: pair.a_worth_more.map(|odds| 1.0 - odds),
        a_worth_more_range: pair
            .a_worth_more_range
            .map(|range| ChanceRange { low: 1.0 - range.high, high: 1.0 - range.low }),
        worth_too_close: pair.worth_too_close,
    })
}
