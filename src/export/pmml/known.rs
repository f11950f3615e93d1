//! How much is known of a lead, as a derived field that the band looks at.

use std::collections::BTreeSet;
use std::io;

use super::sums::{SumFields, compared, constant, write_sum};
use super::xml::Xml;
use crate::card::{ASK_FIRST, Card};
use crate::export::known::Known;
use crate::export::names::unused;

/// The derived field, and what it is made of.
pub(super) struct KnownField {
    pub(super) known: Known,
    /// The derived field with the points known.
    points: String,
}

impl KnownField {
    /// A name that no other field has; `None` where every lead has a band by its score.
    pub(super) fn new(card: &Card, taken: &mut BTreeSet<String>) -> Option<Self> {
        Some(Self { known: Known::of(card)?, points: unused("points known", taken) })
    }

    /// The derived field.
    pub(super) fn write(&self, xml: &mut Xml, sums: &SumFields) -> io::Result<()> {
        write_sum(xml, &self.points, |xml| {
            self.known.criteria().try_for_each(|(_, criterion)| sums.write_points(xml, criterion))
        })
    }

    /// The band: `by_score`, unless too little is known.
    pub(super) fn write_band(
        &self,
        xml: &mut Xml,
        by_score: impl FnOnce(&mut Xml) -> io::Result<()>,
    ) -> io::Result<()> {
        xml.element("Apply", &[("function", "if")], |xml| {
            compared(xml, "lessThan", &self.points, "integer", &self.known.limit.to_string())?;
            constant(xml, "string", ASK_FIRST)?;
            by_score(xml)
        })
    }
}
