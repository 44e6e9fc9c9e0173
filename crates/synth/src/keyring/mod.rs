//! Secrets made from a seed, and every way they are planted.

mod aes;
mod encoded;
mod number;
mod rsa;
mod token;

pub use aes::{AesLayout, schedule};

use crate::random::Random;
use crate::secret::{Expectation, Place, Planting, Role, Secret, Value};
use encoded::Encoded;

/// Secrets and plantings. Making one takes as long as its RSA keys do; one keyring serves any number of cores.
#[derive(Clone, Debug, Default)]
pub struct Keyring {
    /// The secrets.
    pub secrets: Vec<Secret>,
    /// Their occurrences.
    pub plantings: Vec<Planting>,
}

impl Keyring {
    /// Makes a keyring. `rsa_bits` are the sizes of RSA keys, used in turn for one key in each
    /// representation; none are made if it is empty.
    #[must_use]
    pub fn new(seed: u64, rsa_bits: &[usize]) -> Self {
        let mut keyring = Self::default();
        aes::plant(&mut Random::of(seed, 1), &mut keyring);
        token::plant(&mut Random::of(seed, 2), &mut keyring);
        encoded::plant(&mut Random::of(seed, 3), &mut keyring);
        rsa::plant(&mut Random::of(seed, 4), rsa_bits, &mut keyring);
        keyring.randomness(&mut Random::of(seed, 5));
        keyring
    }

    /// Adds a secret; returns its index.
    fn secret(&mut self, id: String, kind: &'static str, bits: usize, values: Vec<Value>) -> usize {
        self.secrets.push(Secret { id, kind, bits, values });
        self.secrets.len() - 1
    }

    /// Adds an occurrence in binary, all of which is secret.
    fn plant(&mut self, secret: usize, component: &'static str, form: &str, bytes: Vec<u8>, place: Place) {
        let secret_ranges = std::iter::once(0..bytes.len()).collect();
        self.plant_encoded(secret, component, form, Encoded { bytes, secret_ranges, fragment: 8 }, place);
    }

    /// Adds an occurrence.
    fn plant_encoded(
        &mut self,
        secret: usize,
        component: &'static str,
        form: &str,
        encoded: Encoded,
        place: Place,
    ) {
        let Encoded { bytes, secret_ranges, fragment } = encoded;
        let (form, expectation) = (form.to_owned(), Expectation::Proven);
        let planting =
            Planting { secret, component, form, bytes, secret_ranges, fragment, place, expectation };
        self.plantings.push(planting);
    }

    /// Keys that nothing but their randomness gives away.
    fn randomness(&mut self, random: &mut Random) {
        let places =
            [Place::Heap(0), Place::Heap(3), Place::Heap(8), Place::Border, Place::Gap, Place::Vector];
        for (number, length) in [16, 32, 48, 32, 64, 32].into_iter().enumerate() {
            let bytes = random.bytes(length);
            let value = Value { name: "key", role: Role::Component, bytes: bytes.clone() };
            let id = format!("randomness-{}-{number}", length * 8);
            let secret = self.secret(id, "randomness", length * 8, vec![value]);
            self.plant(secret, "key", "bytes", bytes, places[number]);
            if let Some(planting) = self.plantings.last_mut() {
                planting.expectation = Expectation::Strict;
            }
        }
    }
}
