//! Places for labels: near what they name, inside the picture, clear of marks, lines and each other.

use super::svg::Point;

/// A box in a drawing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Area {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) right: f64,
    pub(crate) bottom: f64,
}

impl Area {
    /// A box around `middle`, `reach` to every side.
    pub(crate) fn around(middle: Point, reach: f64) -> Self {
        let (x, y) = middle;
        Self { left: x - reach, top: y - reach, right: x + reach, bottom: y + reach }
    }

    fn overlap(&self, other: &Self) -> f64 {
        let across = self.right.min(other.right) - self.left.max(other.left);
        let down = self.bottom.min(other.bottom) - self.top.max(other.top);
        across.max(0.0) * down.max(0.0)
    }

    fn is_inside(&self, other: &Self) -> bool {
        self.left >= other.left && self.right <= other.right && self.top >= other.top && self.bottom <= other.bottom
    }

    /// From `point` to the nearest point of this box, where it stands so far away that a line must join them.
    pub(crate) fn leader(&self, point: Point) -> Option<[Point; 2]> {
        let end = (point.0.clamp(self.left, self.right), point.1.clamp(self.top, self.bottom));
        let is_far = (end.0 - point.0).hypot(end.1 - point.1) > FAR;
        is_far.then_some([point, end])
    }
}

/// Finds places one label after the other; the first ones choose first.
#[derive(Debug, Clone)]
pub(crate) struct Placer {
    bounds: Area,
    /// What must stay free.
    taken: Vec<Area>,
    /// What had better stay free, and how much better: a cost per covered square unit.
    disliked: Vec<(Area, f64)>,
}

/// Where a label may stand, seen from what it names, in degrees from the right upwards. Best first: to the right and up,
/// because frontiers fall.
const DIRECTIONS: [f64; 16] =
    [45.0, 0.0, -45.0, 90.0, 135.0, -90.0, -135.0, 180.0, 22.5, 67.5, 112.5, 157.5, -22.5, -67.5, -112.5, -157.5];

/// A label further away than this is joined to what it names.
const FAR: f64 = 18.0;

/// Distances that are tried.
const DISTANCES: [f64; 12] = [9.0, 14.0, 22.0, 32.0, 44.0, 58.0, 74.0, 92.0, 112.0, 140.0, 175.0, 220.0];

impl Placer {
    pub(crate) fn new(bounds: Area) -> Self {
        Self { bounds, taken: Vec::new(), disliked: Vec::new() }
    }

    /// Keeps labels off `area`.
    pub(crate) fn take(&mut self, area: Area) {
        self.taken.push(area);
    }

    /// Keeps labels off the way of a line that is read.
    pub(crate) fn dislike_line(&mut self, points: &[Point]) {
        self.dislike(points, 0.5);
    }

    /// Keeps labels off the way of a line in the background, where that costs them little.
    pub(crate) fn dislike_guide(&mut self, points: &[Point]) {
        self.dislike(points, 0.03);
    }

    fn dislike(&mut self, points: &[Point], cost: f64) {
        for pair in points.windows(2) {
            let ((x1, y1), (x2, y2)) = (pair[0], pair[1]);
            let n_steps = ((x2 - x1).hypot(y2 - y1) / 6.0).ceil().max(1.0);
            let at = |share: f64| (x1 + (x2 - x1) * share, y1 + (y2 - y1) * share);
            self.disliked.extend((0..=n_steps as u32).map(|n| (Area::around(at(f64::from(n) / n_steps), 3.0), cost)));
        }
    }

    /// The best place for a label of this size near `point`, taken from then on.
    pub(crate) fn place(&mut self, point: Point, width: f64, height: f64) -> Area {
        let candidates = DISTANCES.iter().flat_map(|distance| {
            DIRECTIONS.iter().enumerate().map(move |(at, direction)| {
                (beside(point, *direction, *distance, width, height), distance + at as f64 * 1.5)
            })
        });
        let cost = |area: &Area, base: f64| {
            let taken: f64 = self.taken.iter().map(|other| area.overlap(other)).sum();
            let disliked: f64 = self.disliked.iter().map(|(other, cost)| area.overlap(other) * cost).sum();
            let outside = if area.is_inside(&self.bounds) { 0.0 } else { 1e6 };
            base + taken * 10.0 + disliked + outside + self.crossed_by_leader(area, point) * 40.0
        };
        let best = candidates
            .map(|(area, base)| (cost(&area, base), area))
            .min_by(|a, b| a.0.total_cmp(&b.0))
            .map_or_else(|| Area::around(point, 0.0), |(_, area)| area);
        self.taken.push(best);
        best
    }

    /// How much of the line from `point` to a label away from it runs through what is taken, in steps of a few units.
    fn crossed_by_leader(&self, label: &Area, point: Point) -> f64 {
        let Some([(x1, y1), (x2, y2)]) = label.leader(point) else { return 0.0 };
        let at = |share: f64| Area::around((x1 + (x2 - x1) * share, y1 + (y2 - y1) * share), 0.5);
        let steps = || [0.15, 0.3, 0.45, 0.6, 0.75, 0.9].map(at).into_iter();
        let own = |area: &&Area| area.overlap(&Area::around(point, 0.5)) == 0.0;
        let crosses = |step: &Area| self.taken.iter().filter(own).any(|area| area.overlap(step) > 0.0);
        steps().filter(crosses).count() as f64
    }

    /// A place `distance` from `point` where nothing is in the way, taken from then on; `None` where there is none: for labels that
    /// can be left out. Lines in the background are not in the way.
    pub(crate) fn place_if_free(&mut self, point: Point, distance: f64, width: f64, height: f64) -> Option<Area> {
        let is_free = |area: &Area| {
            area.is_inside(&self.bounds)
                && self.taken.iter().all(|other| area.overlap(other) == 0.0)
                && self.disliked.iter().all(|(other, cost)| *cost < 0.1 || area.overlap(other) == 0.0)
        };
        let free = [-135.0, -90.0, -45.0, 0.0, 45.0, 135.0]
            .map(|direction| beside(point, direction, distance, width, height))
            .into_iter()
            .find(is_free)?;
        self.taken.push(free);
        Some(free)
    }
}

/// The box that lies in `direction` (degrees) of `point`, so that its nearest corner or side is `distance` away.
fn beside(point: Point, direction: f64, distance: f64, width: f64, height: f64) -> Area {
    let (up, right) = direction.to_radians().sin_cos();
    let side = |towards: f64, length: f64| {
        if towards > 0.1 {
            0.0
        } else if towards < -0.1 {
            -length
        } else {
            -length / 2.0
        }
    };
    let left = point.0 + right * distance + side(right, width);
    let top = point.1 - up * distance + side(-up, height);
    Area { left, top, right: left + width, bottom: top + height }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Area = Area { left: 0.0, top: 0.0, right: 300.0, bottom: 200.0 };

    #[test]
    fn a_label_with_room_stands_to_the_right_and_up() {
        let area = Placer::new(BOUNDS).place((100.0, 100.0), 60.0, 16.0);
        assert!((area.left - 106.4).abs() < 0.1 && (area.bottom - 93.6).abs() < 0.1, "{area:?}");
    }

    #[test]
    fn labels_of_one_place_neither_overlap_nor_leave_the_picture() {
        let mut placer = Placer::new(BOUNDS);
        placer.take(Area::around((290.0, 10.0), 6.0));
        let placed: Vec<Area> = (0..6).map(|_| placer.place((290.0, 10.0), 80.0, 30.0)).collect();
        for (at, area) in placed.iter().enumerate() {
            assert!(area.is_inside(&BOUNDS), "{area:?}");
            assert!(placed[..at].iter().all(|other| area.overlap(other) == 0.0), "{placed:?}");
        }
    }

    #[test]
    fn a_label_that_can_be_left_out_is_left_out_on_a_line() {
        let mut placer = Placer::new(BOUNDS);
        assert!(placer.clone().place_if_free((100.0, 100.0), 6.0, 20.0, 12.0).is_some());
        for y in [85.0, 95.0, 105.0, 115.0] {
            placer.dislike_line(&[(0.0, y), (300.0, y)]);
        }
        assert_eq!(placer.place_if_free((100.0, 100.0), 6.0, 20.0, 12.0), None);
    }
}
