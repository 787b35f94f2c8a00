//! What an audio thread may use.
