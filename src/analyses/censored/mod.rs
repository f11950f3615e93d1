//! Right-censored leads: how long conversions take, and what the open leads come to.

pub mod record;
