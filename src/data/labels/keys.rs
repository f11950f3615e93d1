//! A seeded number per lead that decides every random choice about it, so that the order of the rows decides nothing.

use rayon::prelude::*;

use super::{Identities, LeadIds};

/// One number per lead, from its id, its as-of and the seed; from its row where it has no id. Of leads of one row, which stand side by
/// side, each has a number of its own.
pub fn lead_keys(leads: Identities<'_>, seed: u64) -> Vec<u64> {
    let as_of = |lead: usize| leads.as_of.map_or(0, |as_of| as_of[lead] as u64);
    let key = |name: u64, lead: usize| mix(mix(mix(seed) ^ name) ^ as_of(lead));
    let name = |lead: usize| match leads.ids {
        LeadIds::Whole { values, .. } => values[lead] as u64,
        LeadIds::Text { values, .. } => hash_text(&values[lead]),
        LeadIds::RowNumber => u64::from(leads.rows[lead]),
    };
    let mut keys: Vec<u64> = (0..leads.rows.len()).into_par_iter().map(|lead| key(name(lead), lead)).collect();
    let mut turn = 0;
    for (key, rows) in keys.iter_mut().skip(1).zip(leads.rows.windows(2)) {
        turn = if rows[0] == rows[1] { turn + 1 } else { 0 };
        if turn > 0 {
            *key = mix(*key ^ turn);
        }
    }
    keys
}

/// FNV-1a, 64 bits: the same on every machine and in every version, which the standard library's hasher does not promise.
pub fn hash_text(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Spreads neighbouring numbers over all 64 bits.
///
/// # Source
/// The finalizer of SplitMix64 (Steele, Lea, Flood 2014).
pub fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_the_published_constants() {
        // FNV-1a of "a" (Noll's test vectors), and the first output of SplitMix64 seeded with 0.
        assert_eq!(hash_text("a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(mix(0), 0xe220_a839_7b1d_cdaf);
    }
}
