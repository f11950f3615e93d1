//! Lists looked up once per row: the level of a dictionary's key, the points of a level.
//!
//! Always true: a position beyond the list gives what was said to be given then.

/// Positions that are looked up without a check. Most lists are shorter.
const FEW: usize = 256;

/// A list, and what stands for everything beyond its end.
#[derive(Debug, Clone)]
pub(super) struct Lookup<T> {
    all: Box<[T]>,
    otherwise: T,
    /// The list padded to a size that the compiler knows, where it fits.
    few: Option<Box<[T; FEW]>>,
}

impl<T: Copy> Lookup<T> {
    pub(super) fn new(all: Vec<T>, otherwise: T) -> Self {
        let mut padded = [otherwise; FEW];
        // The last place stands for everything beyond the end.
        let room = &mut padded[..FEW - 1];
        let few = room.get_mut(..all.len()).map(|front| front.copy_from_slice(&all));
        Self { few: few.map(|()| Box::new(padded)), all: all.into_boxed_slice(), otherwise }
    }

    /// What stands at `position`.
    pub(super) fn at(&self, position: usize) -> T {
        self.all.get(position).copied().unwrap_or(self.otherwise)
    }

    /// Hands what stands at each position to `take`, together with whatever came with the position.
    pub(super) fn each<W>(&self, positions: impl Iterator<Item = (W, usize)>, mut take: impl FnMut(W, T)) {
        match &self.few {
            // The smaller of two indices that are both in range costs less than a branch.
            Some(few) => positions.for_each(|(with, position)| take(with, few[position.min(FEW - 1)])),
            None => positions.for_each(|(with, position)| take(with, self.at(position))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_position_gives_its_value_and_those_beyond_the_other_one() {
        for n in [0, 1, 254, 255, 256, 257, 1_000] {
            let lookup = Lookup::new((0..n).collect(), -1);
            let positions = [0, 1, 254, 255, 256, 257, 999, 1_000, usize::MAX];
            let mut found = Vec::new();
            lookup.each(positions.into_iter().map(|position| (position, position)), |position, value| {
                assert_eq!(value, lookup.at(position), "{n} values, position {position}");
                found.push(value);
            });
            let expected = positions.map(|position| i32::try_from(position).ok().filter(|at| *at < n).unwrap_or(-1));
            assert_eq!(found, expected, "{n} values");
        }
    }
}
