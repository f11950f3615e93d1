//! The forecast against worked cases, brute force, and futures whose law is known.
