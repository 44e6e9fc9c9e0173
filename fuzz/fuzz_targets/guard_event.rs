#![no_main]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| coredact_guard::oracles::event(bytes));
