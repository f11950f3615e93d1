//! Bantam as its users meet it: the command on files, and the pipeline on leads whose truth is known.

mod bad_input;
mod champion;
mod command;
mod compare;
mod feedback;
mod grades;
mod known_truth;
mod laws;
mod library;
mod monitor;
mod place;
mod reading;
mod recalibrate;
mod segments;
mod weights;
