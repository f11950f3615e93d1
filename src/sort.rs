//! Sorting: many things at once, dealt to buckets by the upper bits of a number and compared within them alone.
//!
//! In: numbers, or things with one. Out: the same, ascending. [`key_of`] makes such a number of a float, and keeps the order.
//!
//! Always true: the result is that of any other sort; things that are equal cannot be told apart.

use rayon::prelude::*;

/// Fewer things are sorted by comparing: they fit into the first cache.
const FEW: usize = 4_096;

/// Buckets things are dealt to; each is written at one place, and so many places fit into the second cache.
const N_BUCKETS: usize = 1_024;

/// Numbers that lie close together beside a few far off are dealt once more; whoever needs it this often compares.
const MOST_DEALS: u32 = 3;

/// Sorts numbers, ascending.
pub(crate) fn sort(numbers: &mut [u64]) {
    sort_led(numbers, |number| number);
}

/// Sorts things, ascending.
///
/// - `lead`: a number that is never larger for a smaller thing.
pub(crate) fn sort_led<T: Copy + Ord + Default + Send>(things: &mut [T], lead: impl Fn(T) -> u64 + Sync) {
    if things.len() <= FEW {
        return things.sort_unstable();
    }
    let mut room = vec![T::default(); things.len()];
    deal_and_sort(things, &mut room, &lead, MOST_DEALS);
}

fn deal_and_sort<T: Copy + Ord + Send>(
    things: &mut [T],
    room: &mut [T],
    lead: &(impl Fn(T) -> u64 + Sync),
    n_deals: u32,
) {
    let (mut lowest, mut highest) = (u64::MAX, 0);
    for number in things.iter().map(|&thing| lead(thing)) {
        (lowest, highest) = (lowest.min(number), highest.max(number));
    }
    if lowest >= highest {
        return things.sort_unstable();
    }
    let shift = shift_to(highest - lowest, N_BUCKETS);
    let bucket_of = |thing: T| ((lead(thing) - lowest) >> shift) as usize;
    let mut ends = [0_usize; N_BUCKETS];
    things.iter().for_each(|&thing| ends[bucket_of(thing)] += 1);
    let mut n_before = 0;
    for end in &mut ends {
        (*end, n_before) = (n_before, n_before + *end);
    }
    // Starts become ends while the buckets fill.
    for &thing in things.iter() {
        let place = &mut ends[bucket_of(thing)];
        room[*place] = thing;
        *place += 1;
    }
    let mut buckets = Vec::with_capacity(N_BUCKETS);
    let (mut things, mut room, mut start) = (things, room, 0);
    for end in ends {
        let (bucket, more) = things.split_at_mut(end - start);
        let (dealt, more_room) = room.split_at_mut(end - start);
        buckets.push((bucket, dealt));
        (things, room, start) = (more, more_room, end);
    }
    buckets.into_par_iter().for_each(|(bucket, dealt)| {
        bucket.copy_from_slice(dealt);
        if bucket.len() <= FEW || n_deals == 0 {
            bucket.sort_unstable();
        } else {
            deal_and_sort(bucket, dealt, lead, n_deals - 1);
        }
    });
}

/// By how many bits numbers up to `widest` are shifted to the right to be less than `n_buckets`, a power of two.
pub(crate) fn shift_to(widest: u64, n_buckets: usize) -> u32 {
    (u64::BITS - widest.leading_zeros()).saturating_sub(n_buckets.trailing_zeros())
}

/// A number with the place of a float among all floats, as [`f64::total_cmp`] has them.
pub(crate) fn key_of(value: f64) -> u64 {
    let bits = value.to_bits();
    // Of negative numbers the larger is the one with the smaller bits.
    bits ^ (((bits as i64) >> 63) as u64 | 1 << 63)
}

/// The float of a [key](key_of).
pub(crate) fn value_of(key: u64) -> f64 {
    f64::from_bits(key ^ (((!key as i64) >> 63) as u64 | 1 << 63))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::labels::keys::mix;

    #[track_caller]
    fn assert_sorted(mut numbers: Vec<u64>) {
        let mut compared = numbers.clone();
        compared.sort_unstable();
        sort(&mut numbers);
        assert!(numbers == compared);
    }

    #[test]
    fn numbers_are_sorted_however_they_lie() {
        assert_sorted(Vec::new());
        assert_sorted((0..20_000).map(mix).collect());
        assert_sorted((0..20_000).map(|at| mix(at) % 7).collect());
        assert_sorted(vec![5; 20_000]);
        // All but one in one bucket, twice over.
        assert_sorted((0..20_000).map(|at| if at == 9 { u64::MAX } else { mix(at) % 3_000 }).collect());
        assert_sorted((0..20_000).map(|at| [u64::MAX, 1 << 40, mix(at) % 3_000][at.min(2) as usize]).collect());
        assert_sorted((0..20_000).map(|at| mix(at) >> (at % 64)).collect());
    }

    #[test]
    fn things_are_sorted_by_all_they_are() {
        let mut pairs: Vec<(u64, u32)> = (0..20_000).map(|at| (mix(at) % 5_000, at as u32 ^ 0x55)).collect();
        let mut compared = pairs.clone();
        compared.sort_unstable();
        sort_led(&mut pairs, |pair| pair.0);
        assert!(pairs == compared);
    }

    #[test]
    fn keys_keep_the_order_of_floats_and_give_them_back() {
        let values = [f64::MIN, -1.5, -1e-300, -0.0, 0.0, 1e-300, 0.1, 1.5, f64::MAX];
        assert!(values.windows(2).all(|pair| key_of(pair[0]) < key_of(pair[1])));
        assert!(values.iter().all(|&value| value_of(key_of(value)).to_bits() == value.to_bits()));
    }

    #[test]
    fn a_shift_leaves_as_many_numbers_as_there_are_buckets() {
        assert_eq!(shift_to(1_023, 1_024), 0);
        assert_eq!(shift_to(1_024, 1_024), 1);
        assert_eq!(u64::MAX >> shift_to(u64::MAX, 1_024), 1_023);
    }
}
