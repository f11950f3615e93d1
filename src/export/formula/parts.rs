//! Lists cut where they are too long for one formula.

use std::ops::Range;

/// Ranges that cover `0..n` in order, each as long as `fits` allows; one empty range where there is nothing. `None` where not
/// even a single item fits.
///
/// - `fits`: whether a range fits; if one does, so does every shorter one with the same start, but for its last item.
pub(super) fn cut(n: usize, fits: impl Fn(Range<usize>) -> bool) -> Option<Vec<Range<usize>>> {
    let mut ranges = Vec::new();
    let mut start = 0;
    loop {
        if fits(start..n) {
            ranges.push(start..n);
            return Some(ranges);
        }
        let (mut fitting, mut too_long) = (start, n);
        while fitting + 1 < too_long {
            let middle = fitting + (too_long - fitting) / 2;
            if fits(start..middle) {
                fitting = middle;
            } else {
                too_long = middle;
            }
        }
        if fitting == start {
            return None;
        }
        ranges.push(start..fitting);
        start = fitting;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_as_long_as_they_may_be() {
        assert_eq!(cut(7, |range| range.len() <= 3), Some(vec![0..3, 3..6, 6..7]));
        let only = |ranges: Option<Vec<Range<usize>>>| ranges.filter(|ranges| ranges.len() == 1)?.pop();
        assert_eq!(only(cut(3, |range| range.len() <= 3)), Some(0..3));
        assert_eq!(only(cut(0, |_| true)), Some(0..0));
        assert_eq!(cut(4, |range| range.is_empty()), None, "nothing fits");
        assert_eq!(cut(0, |_| false), None);
    }

    #[test]
    fn items_of_different_length_fill_the_room() {
        let lengths: [usize; 5] = [4, 1, 1, 5, 2];
        let fits = |range: Range<usize>| lengths[range].iter().sum::<usize>() <= 6;
        assert_eq!(cut(5, fits), Some(vec![0..3, 3..4, 4..5]));
    }
}
