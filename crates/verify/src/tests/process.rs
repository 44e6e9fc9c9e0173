//! Real dumps of a real process, with real debuggers.
