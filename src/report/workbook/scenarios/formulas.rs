//! Formulas and what they come to, made together: text that a spreadsheet calculates, and the number that it will find.
//!
//! Always true: a number is worked out in the same order of operations as its formula.

use crate::report::workbook::Cell;

/// A cell with a number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Number {
    pub(super) cell: Cell,
    /// What it holds to begin with; `None` where it is empty.
    pub(super) value: Option<f64>,
}

/// A piece of a formula.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Term {
    pub(super) text: String,
    /// What it comes to; `None` where a cell that it needs is empty.
    pub(super) value: Option<f64>,
}

impl Number {
    /// `B5`, which follows where the formula goes.
    pub(super) fn plain(self) -> Term {
        Term { text: self.cell.plain(), value: self.value }
    }

    /// `$B$5`.
    pub(super) fn fixed(self) -> Term {
        Term { text: self.cell.fixed(), value: self.value }
    }
}

impl Term {
    pub(super) fn times(&self, other: &Self) -> Self {
        self.with("*", other, |a, b| a * b)
    }

    pub(super) fn less(&self, other: &Self) -> Self {
        self.with("-", other, |a, b| a - b)
    }

    pub(super) fn over(&self, other: &Self) -> Self {
        self.with("/", other, |a, b| a / b)
    }

    fn with(&self, sign: &str, other: &Self, work_out: fn(f64, f64) -> f64) -> Self {
        let value = self.value.zip(other.value).map(|(a, b)| work_out(a, b));
        Self { text: format!("{}{sign}{}", self.text, other.text), value }
    }

    pub(super) fn in_brackets(self) -> Self {
        Self { text: format!("({})", self.text), ..self }
    }

    /// `self / below`, nothing where `below` is not above 0.
    pub(super) fn ratio(&self, below: &Self) -> Self {
        self.over(below).where_positive(below)
    }

    /// `n / below`.
    pub(super) fn constant_over(n: u32, below: &Self) -> Self {
        Self { text: n.to_string(), value: Some(f64::from(n)) }.over(below)
    }

    /// The same where `condition` is above 0, else nothing.
    pub(super) fn where_positive(self, condition: &Self) -> Self {
        let is_positive = condition.value.is_some_and(|value| value > 0.0);
        Self { text: format!("IF({}>0,{},\"\")", condition.text, self.text), value: self.value.filter(|_| is_positive) }
    }

    /// The whole formula, which comes to nothing where one of the cells holds no number, and what it comes to.
    pub(super) fn where_numbers(self, needed: &[Number]) -> (String, Option<f64>) {
        let names: Vec<String> = needed.iter().map(|number| number.cell.fixed()).collect();
        (format!("=IF(COUNT({})={},{},\"\")", names.join(","), names.len(), self.text), self.value)
    }
}
