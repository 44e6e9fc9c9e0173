//! The search itself: derive, look up, derive from what was found.

use super::candidate::{Candidate, candidates};
use super::index::{Filter, confirm, filter};
use super::keyed::{Hash, Keyed, Output};
use super::limits::{
    CANDIDATES_MAX, CANDIDATES_WITHOUT_KEY_MAX, EDGE_BYTES, LONG_CANDIDATES_MAX, NEIGHBOURHOOD_BYTES,
    NEIGHBOURHOODS_MAX, NEIGHBOURS_MAX, TLS12_NEAREST, TLS12_PAIRS_MAX,
};
use super::protocols::{PROTOCOLS, Protocol};
use super::shield::Prekeys;
use super::{chacha, mac, secret, tls12, tls13};
use crate::ec::{Place, Stretch};
use crate::material::Material;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// A secret that was proven, and where it was met. The closure finds all other places.
#[derive(Debug)]
pub struct Found {
    /// The secret with everything that follows from it.
    pub material: Material,
    /// Where it stood.
    pub places: Vec<Place>,
}

/// What was looked at and what was not: numbers for the report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Byte strings put through the derivations.
    pub candidates: u64,
    /// Byte strings that the bound on their number left out.
    pub candidates_skipped: u64,
    /// Byte strings with random bytes on both sides that it left out.
    pub inside_skipped: u64,
    /// Byte strings that were left out because no symmetric key was proven in the dump.
    pub without_key_skipped: u64,
    /// Pairs of a master secret and randoms that were not tried: far from each other.
    pub pairs_skipped: u64,
    /// Surroundings of secrets that were not looked through for what they were derived from.
    pub neighbourhoods_skipped: u64,
    /// Prekeys of shielded keys that had no room.
    pub prekeys_dropped: u64,
}

impl Coverage {
    /// Whether a limit cut the search off where a secret may well be.
    #[must_use]
    pub fn is_cut_off(&self) -> bool {
        [self.candidates_skipped, self.neighbourhoods_skipped, self.prekeys_dropped]
            .iter()
            .any(|count| *count > 0)
    }
}

/// Something derived that may stand in the dump.
struct Lead<'a> {
    candidate: Candidate<'a>,
    reading: Reading,
    output: Output,
}

/// As what a candidate was read.
#[derive(Clone, Copy)]
enum Reading {
    Tls13(Hash),
    Hmac(&'static mac::Algorithm),
    Other(&'static Protocol),
}

/// Proves what can be proven among the random bytes of a dump; `known` are keys proven elsewhere.
#[must_use]
pub fn conclude(stretches: &[Stretch<'_>], known: &[Vec<u8>], prekeys: &Prekeys) -> (Vec<Found>, Coverage) {
    let mut coverage = Coverage { prekeys_dropped: prekeys.dropped(), ..Coverage::default() };
    let mut found = shielded(stretches, prekeys);
    let streams = key_streams(stretches);
    let secret = |one: &Found| one.material.components.first().map(|one| one.value.bytes().to_vec());
    let known: Vec<Vec<u8>> = known.iter().cloned().chain(streams.iter().filter_map(secret)).collect();
    found.extend(streams);
    let filter = filter(stretches, &known);
    let lookup = Lookup { stretches, known: &known, filter };
    let secrets = lookup.tls13(&mut coverage, &mut found);
    lookup.branches(&secrets, &mut coverage, &mut found);
    lookup.hmac(&mut coverage, &mut found);
    lookup.tls12(&mut coverage, &mut found);
    lookup.protocols(&mut coverage, &mut found);
    lookup.ssh(&mut coverage, &mut found);
    (found, coverage)
}

pub(super) fn place(position: u64, length: usize, component: &'static str, form: &'static str) -> Place {
    Place { position, length, component, form }
}

/// What OpenSSH's prekeys open.
fn shielded(stretches: &[Stretch<'_>], prekeys: &Prekeys) -> Vec<Found> {
    let opened = prekeys.open(stretches).into_iter();
    opened
        .flat_map(|one| {
            let places = vec![
                place(one.sealed.0, one.sealed.1, "sealed", "shielded"),
                place(one.prekey.0, one.prekey.1, "prekey", "raw"),
            ];
            one.hits.into_iter().map(move |hit| Found { material: hit.material, places: places.clone() })
        })
        .collect()
}

/// ChaCha20 keys beside their key stream.
fn key_streams(stretches: &[Stretch<'_>]) -> Vec<Found> {
    let all = stretches.par_iter().flat_map_iter(|stretch| {
        // The counter's zeros do not always end the run.
        let places = stretch.runs.iter().flat_map(|run| run.start.saturating_sub(EDGE_BYTES)..run.end);
        let aligned = places.filter(|at| stretch.position.wrapping_add(*at as u64).is_multiple_of(4));
        aligned.filter_map(|at| {
            let key = chacha::key_at(stretch, at)?;
            let position = stretch.position.wrapping_add(at as u64);
            Some(Found {
                material: secret::chacha20(key),
                places: vec![place(position, key.len(), "secret", "raw")],
            })
        })
    });
    all.collect()
}

/// Where outputs are looked up.
pub(super) struct Lookup<'a> {
    pub(super) stretches: &'a [Stretch<'a>],
    pub(super) known: &'a [Vec<u8>],
    pub(super) filter: Filter,
}

impl<'a> Lookup<'a> {
    pub(super) fn candidates(
        &self,
        length: usize,
        most: usize,
        coverage: &mut Coverage,
    ) -> Vec<Candidate<'a>> {
        let has_key = !self.known.is_empty();
        let most = if has_key { most } else { CANDIDATES_WITHOUT_KEY_MAX };
        let (all, [likely, inside]) = candidates(self.stretches, length, most);
        coverage.candidates += all.len() as u64;
        coverage.inside_skipped += inside;
        let skipped =
            if has_key { &mut coverage.candidates_skipped } else { &mut coverage.without_key_skipped };
        *skipped += likely;
        all
    }

    /// The leads whose output is there, by candidate and reading, each once.
    fn proven<'b>(&self, leads: &'b [Lead<'a>]) -> Vec<&'b Lead<'a>> {
        let outputs: Vec<&[u8]> = leads.iter().map(|lead| lead.output.as_slice()).collect();
        let confirmed = confirm(self.stretches, self.known, &outputs);
        let mut once = BTreeMap::new();
        for lead in confirmed.keys().filter_map(|number| leads.get(*number)) {
            once.entry((lead.candidate.bytes, lead.reading.name())).or_insert(lead);
        }
        once.into_values().collect()
    }

    /// Secrets of TLS 1.3 and QUIC by what they expand to.
    fn tls13(&self, coverage: &mut Coverage, found: &mut Vec<Found>) -> Vec<(Hash, Candidate<'a>)> {
        let mut leads = Vec::new();
        for hash in Hash::ALL {
            let most = if hash == Hash::Sha256 { CANDIDATES_MAX } else { LONG_CANDIDATES_MAX };
            let candidates = self.candidates(hash.size(), most, coverage);
            leads.par_extend(candidates.par_iter().flat_map_iter(|candidate| {
                let outputs = tls13::outputs(hash, candidate.bytes).into_iter().map(|(_, output)| output);
                self.leads(*candidate, Reading::Tls13(hash), outputs)
            }));
        }
        let mut secrets = Vec::new();
        for lead in self.proven(&leads) {
            let Reading::Tls13(hash) = lead.reading else { continue };
            if !tls13::is_public(hash, lead.candidate.bytes) {
                secrets.push((hash, lead.candidate));
                found.push(tls13_found(hash, lead.candidate));
            }
        }
        secrets
    }

    fn leads(
        &self,
        candidate: Candidate<'a>,
        reading: Reading,
        outputs: impl Iterator<Item = Output>,
    ) -> Vec<Lead<'a>> {
        let there = outputs.filter(|output| self.filter.may_hold(output));
        there.map(|output| Lead { candidate, reading, output }).collect()
    }

    /// What secrets of TLS 1.3 were derived from, and what else was derived from that: with the hash of the
    /// handshake, which stands in the same structure.
    fn branches(&self, secrets: &[(Hash, Candidate<'a>)], coverage: &mut Coverage, found: &mut Vec<Found>) {
        for hash in Hash::ALL {
            let centres: Vec<u64> =
                secrets.iter().filter(|one| one.0 == hash).map(|one| one.1.position).collect();
            if centres.is_empty() {
                continue;
            }
            let (mut all, _) = candidates(self.stretches, hash.size(), CANDIDATES_MAX);
            all.sort_by_key(|candidate| candidate.position);
            coverage.neighbourhoods_skipped += centres.len().saturating_sub(NEIGHBOURHOODS_MAX) as u64;
            let near = centres.par_iter().take(NEIGHBOURHOODS_MAX).flat_map_iter(|centre| {
                let first = all.partition_point(|one| one.position + NEIGHBOURHOOD_BYTES < *centre);
                let near =
                    all.iter().skip(first).take_while(|one| one.position <= centre + NEIGHBOURHOOD_BYTES);
                let mut near: Vec<Candidate<'a>> = near.copied().collect();
                near.sort_by_key(|one| (one.rank, one.position.abs_diff(*centre)));
                near.truncate(NEIGHBOURS_MAX);
                related(hash, &near)
            });
            let mut near: Vec<Candidate<'a>> = near.collect();
            near.sort_by_key(|one| one.position);
            near.dedup_by_key(|one| one.position);
            found.extend(near.into_iter().map(|candidate| tls13_found(hash, candidate)));
        }
    }

    /// Keys of HMAC by its states.
    fn hmac(&self, coverage: &mut Coverage, found: &mut Vec<Found>) {
        let mut lengths: Vec<usize> =
            mac::ALGORITHMS.iter().flat_map(|algorithm| algorithm.lengths).copied().collect();
        lengths.sort_unstable();
        lengths.dedup();
        let mut leads = Vec::new();
        for length in lengths {
            let candidates = self.candidates(length, CANDIDATES_MAX, coverage);
            leads.par_extend(candidates.par_iter().flat_map_iter(|candidate| {
                let algorithms = mac::ALGORITHMS.iter().filter(|one| one.lengths.contains(&length));
                algorithms.flat_map(|algorithm| {
                    let states = algorithm.states(candidate.bytes).into_iter();
                    self.leads(*candidate, Reading::Hmac(algorithm), states)
                })
            }));
        }
        for lead in self.proven(&leads) {
            let Reading::Hmac(algorithm) = lead.reading else { continue };
            let key = lead.candidate.bytes;
            let at = place(lead.candidate.position, key.len(), "secret", "raw");
            found.push(Found { material: secret::hmac(algorithm, key), places: vec![at] });
        }
    }

    /// Secrets of the other protocols by what follows from them alone.
    fn protocols(&self, coverage: &mut Coverage, found: &mut Vec<Found>) {
        let mut leads = Vec::new();
        for length in [32, 48] {
            let candidates = self.candidates(length, CANDIDATES_MAX, coverage);
            leads.par_extend(candidates.par_iter().flat_map_iter(|candidate| {
                let protocols = PROTOCOLS.iter().filter(|one| one.lengths.contains(&length));
                protocols.flat_map(|protocol| {
                    let outputs = (protocol.outputs)(candidate.bytes).into_iter();
                    self.leads(*candidate, Reading::Other(protocol), outputs)
                })
            }));
        }
        for lead in self.proven(&leads) {
            let Reading::Other(protocol) = lead.reading else { continue };
            let secret = lead.candidate.bytes;
            let derived = (protocol.all)(secret).into_iter().map(|value| ("derived_key", value.to_vec()));
            let at = place(lead.candidate.position, secret.len(), "secret", "raw");
            let material = secret::material(protocol.detector, secret, derived.collect());
            found.push(Found { material, places: vec![at] });
        }
    }

    /// Master secrets of TLS 1.2 by the key block.
    fn tls12(&self, coverage: &mut Coverage, found: &mut Vec<Found>) {
        let alone = |length: usize, coverage: &mut Coverage| -> Vec<Candidate<'a>> {
            let all = self.candidates(length, CANDIDATES_MAX, coverage);
            all.into_iter().filter(|one| one.rank == 0).collect()
        };
        // Without a traffic key there is nothing that the key block would prove.
        if self.known.is_empty() {
            return;
        }
        let masters = alone(tls12::MASTER, coverage);
        let randoms = alone(tls12::RANDOMS, coverage);
        let pairs = masters.len().saturating_mul(randoms.len());
        let per_master =
            TLS12_PAIRS_MAX.checked_div(masters.len()).unwrap_or(0).min(randoms.len()).min(TLS12_NEAREST);
        coverage.pairs_skipped += pairs.saturating_sub(per_master * masters.len()) as u64;
        let pairs = masters.par_iter().flat_map_iter(|master| {
            let mut near: Vec<&Candidate<'a>> = randoms.iter().collect();
            near.sort_by_key(|one| one.position.abs_diff(master.position));
            near.truncate(per_master);
            Hash::ALL.into_iter().flat_map(move |hash| self.key_blocks(hash, *master, near.iter().copied()))
        });
        let leads: Vec<(Pair<'a>, Output)> = pairs.collect();
        let outputs: Vec<&[u8]> = leads.iter().map(|(_, output)| output.as_slice()).collect();
        for number in confirm(self.stretches, self.known, &outputs).into_keys() {
            let Some((pair, _)) = leads.get(number) else { continue };
            let Some(keyed) = Keyed::new(pair.hash, pair.master.bytes) else { continue };
            let block = tls12::whole(&keyed, pair.randoms, pair.client_first).to_vec();
            let derived = vec![("key_block", block)];
            let at = place(pair.master.position, tls12::MASTER, "secret", "raw");
            let material = secret::material("tls12-master-secret", pair.master.bytes, derived);
            found.push(Found { material, places: vec![at] });
        }
    }

    /// The key blocks of a master secret that may stand in the dump.
    fn key_blocks<'b>(
        &self,
        hash: Hash,
        master: Candidate<'a>,
        randoms: impl Iterator<Item = &'b Candidate<'a>>,
    ) -> Vec<(Pair<'a>, Output)>
    where
        'a: 'b,
    {
        let Some(keyed) = Keyed::new(hash, master.bytes) else { return Vec::new() };
        let orders = randoms.flat_map(|randoms| [(randoms.bytes, false), (randoms.bytes, true)]);
        orders
            .filter_map(|(randoms, client_first)| {
                let mut output = tls12::key_block(&keyed, randoms, client_first);
                output.truncate(tls12::PROOF);
                let pair = Pair { hash, master, randoms, client_first };
                self.filter.may_hold(&output).then_some((pair, output))
            })
            .collect()
    }
}

/// A master secret of TLS 1.2 with the randoms of its connection.
struct Pair<'a> {
    hash: Hash,
    master: Candidate<'a>,
    randoms: &'a [u8],
    client_first: bool,
}

impl Reading {
    fn name(self) -> &'static str {
        match self {
            Self::Tls13(Hash::Sha256) => "tls13-sha256",
            Self::Tls13(Hash::Sha384) => "tls13-sha384",
            Self::Hmac(algorithm) => algorithm.detector,
            Self::Other(protocol) => protocol.detector,
        }
    }
}

fn tls13_found(hash: Hash, candidate: Candidate<'_>) -> Found {
    let at = place(candidate.position, hash.size(), "secret", "raw");
    Found { material: secret::tls13(hash, candidate.bytes), places: vec![at] }
}

/// Those of the neighbours of which one follows from another with a third as the hash of the handshake: both ends.
fn related<'a>(hash: Hash, near: &[Candidate<'a>]) -> Vec<Candidate<'a>> {
    let mut out = Vec::new();
    for parent in near {
        let Some(keyed) = Keyed::new(hash, parent.bytes) else { continue };
        for transcript in near {
            for label in tls13::BRANCHES {
                let child = keyed.expand_label(label, transcript.bytes, hash.size());
                if let Some(child) = near.iter().find(|one| one.bytes == child.as_slice()) {
                    out.extend([*parent, *child]);
                }
            }
        }
    }
    out
}
