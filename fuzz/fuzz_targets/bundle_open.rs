#![no_main]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| coredact_trials::oracles::bundle_open(bytes));
