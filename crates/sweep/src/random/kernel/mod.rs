//! The masks of [`scan`](super::scan), in one way per instruction set.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "x86_64")]
mod class;
mod scalar;

use super::Kernel;
use std::sync::OnceLock;

/// Every kernel this processor can run, fastest first; the last is `scalar`.
pub(super) fn available() -> &'static [(&'static str, Kernel)] {
    static KERNELS: OnceLock<Vec<(&'static str, Kernel)>> = OnceLock::new();
    KERNELS.get_or_init(|| {
        let mut kernels: Vec<(&'static str, Kernel)> = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            kernels.extend(avx512::kernel().map(|kernel| ("avx512", kernel)));
            kernels.extend(avx2::kernel().map(|kernel| ("avx2", kernel)));
        }
        kernels.push(("scalar", scalar::runs));
        kernels
    })
}
