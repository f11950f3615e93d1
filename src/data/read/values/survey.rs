//! Survey: what a column means, told from its first rows where no later row could change it.
//!
//! In: the rows of a column, a piece at a time. Out: its [`Meaning`], for whoever cannot hold all rows at once.
//!
//! Always true: a meaning is what [`super::settle`] comes to from all rows, and there is nothing to say of it beside.

use super::counted::MomentSurvey;
use super::numbers::{is_code, is_number, plain_numbers};
use super::times::{MAX_LOOKED_AT, may_be_moments};
use super::{Counted, is_a_slip};
use crate::data::table::{Column, Content};

/// What a column turns out to be, whatever other columns hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::data::read) enum Meaning {
    /// What its type says.
    AsTyped,
    /// Texts that are whole numbers, every one of them.
    WholeNumbers,
}

/// A column, as far as it has been seen.
#[derive(Debug)]
pub(in crate::data::read) enum Survey {
    Texts(TextSurvey),
    Numbers(MomentSurvey),
    /// Neither text nor number: its type says all.
    Typed,
}

impl Survey {
    /// - `n_rows`: of the whole column.
    pub(in crate::data::read) fn new(name: &str, is_text: bool, is_number: bool, n_rows: usize) -> Self {
        match MomentSurvey::new(name) {
            _ if is_text => Self::Texts(TextSurvey { n_rows, are_whole: true, ..TextSurvey::default() }),
            Some(moments) if is_number => Self::Numbers(moments),
            _ => Self::Typed,
        }
    }

    /// Takes the next rows into account.
    pub(in crate::data::read) fn look_at(&mut self, piece: &Column) {
        match self {
            Self::Texts(texts) => texts.look_at(piece),
            Self::Numbers(moments) => moments.look_at(&piece.content),
            Self::Typed => {}
        }
    }

    /// Whether the rows to come cannot change the meaning.
    pub(in crate::data::read) fn is_over(&self) -> bool {
        match self {
            Self::Texts(texts) => texts.are_no_numbers(texts.n_rows) && texts.are_no_moments(texts.n_rows),
            Self::Numbers(moments) => moments.are_refuted(),
            Self::Typed => true,
        }
    }

    /// The meaning, once all rows have been seen or it is over; `None` where only all rows at once can tell.
    pub(in crate::data::read) fn meaning(&self) -> Option<Meaning> {
        if self.is_over() {
            return Some(Meaning::AsTyped);
        }
        let Self::Texts(texts) = self else { return None };
        let are_texts = texts.are_no_numbers(texts.n_filled) && texts.are_no_moments(texts.n_filled);
        match (are_texts || texts.n_filled == 0, texts.are_whole) {
            (true, _) => Some(Meaning::AsTyped),
            (false, true) => Some(Meaning::WholeNumbers),
            (false, false) => None,
        }
    }
}

/// A column of texts, as far as it has been seen; counts are rows.
#[derive(Debug, Default)]
pub(in crate::data::read) struct TextSurvey {
    /// Of the whole column.
    n_rows: usize,
    n_filled: usize,
    n_no_number: usize,
    /// Too few digits for a day, however it is written.
    n_no_day: usize,
    has_code: bool,
    /// Every text so far is a whole number as any program writes it.
    are_whole: bool,
    /// The first distinct texts that say something.
    first: Vec<String>,
}

impl TextSurvey {
    fn look_at(&mut self, piece: &Column) {
        let Content::Texts(texts) = &piece.content else { return };
        let counted = Counted::new(&piece.name, texts);
        self.n_filled += counted.counts.n_filled;
        for (text, n_rows) in counted.filled() {
            let text = text.trim();
            self.has_code |= is_code(text);
            self.n_no_number += if is_number(text) { 0 } else { n_rows };
            self.n_no_day += if text.bytes().filter(u8::is_ascii_digit).count() < 2 { n_rows } else { 0 };
            if self.first.len() < MAX_LOOKED_AT && !self.first.iter().any(|first| first == text) {
                self.first.push(text.to_owned());
            }
        }
        self.are_whole &= match plain_numbers(texts.iter()) {
            Some(numbers) => matches!(numbers, Content::Whole(_)),
            None => texts.n_distinct() == 0,
        };
    }

    /// - `n_filled`: rows that say something, at most.
    fn are_no_numbers(&self, n_filled: usize) -> bool {
        self.has_code || !is_a_slip(self.n_no_number, n_filled)
    }

    fn are_no_moments(&self, n_filled: usize) -> bool {
        // Those that are looked at are known once there are so many, or all rows have been seen.
        let is_known = self.first.len() == MAX_LOOKED_AT || n_filled == self.n_filled;
        !is_a_slip(self.n_no_day, n_filled) || (is_known && !may_be_moments(&self.first))
    }
}
