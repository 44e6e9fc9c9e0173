//! Tags of records, of heap sub-records, and of types (`hprofTag` of `heapDumper.cpp`, `HprofTag` and
//! `HprofHeapTag` of `hprof.cc`).

/// Top-level records.
pub(super) const UTF8: u8 = 0x01;
pub(super) const LOAD_CLASS: u8 = 0x02;
pub(super) const UNLOAD_CLASS: u8 = 0x03;
pub(super) const FRAME: u8 = 0x04;
pub(super) const TRACE: u8 = 0x05;
pub(super) const ALLOC_SITES: u8 = 0x06;
pub(super) const HEAP_SUMMARY: u8 = 0x07;
pub(super) const START_THREAD: u8 = 0x0a;
pub(super) const END_THREAD: u8 = 0x0b;
pub(super) const HEAP_DUMP: u8 = 0x0c;
pub(super) const CPU_SAMPLES: u8 = 0x0d;
pub(super) const CONTROL_SETTINGS: u8 = 0x0e;
pub(super) const HEAP_DUMP_SEGMENT: u8 = 0x1c;
pub(super) const HEAP_DUMP_END: u8 = 0x2c;

/// Name of a record for messages, if its tag is known.
pub(super) fn name(tag: u8) -> Option<&'static str> {
    Some(match tag {
        UTF8 => "HPROF_UTF8",
        LOAD_CLASS => "HPROF_LOAD_CLASS",
        UNLOAD_CLASS => "HPROF_UNLOAD_CLASS",
        FRAME => "HPROF_FRAME",
        TRACE => "HPROF_TRACE",
        ALLOC_SITES => "HPROF_ALLOC_SITES",
        HEAP_SUMMARY => "HPROF_HEAP_SUMMARY",
        START_THREAD => "HPROF_START_THREAD",
        END_THREAD => "HPROF_END_THREAD",
        HEAP_DUMP => "HPROF_HEAP_DUMP",
        CPU_SAMPLES => "HPROF_CPU_SAMPLES",
        CONTROL_SETTINGS => "HPROF_CONTROL_SETTINGS",
        HEAP_DUMP_SEGMENT => "HPROF_HEAP_DUMP_SEGMENT",
        HEAP_DUMP_END => "HPROF_HEAP_DUMP_END",
        _ => return None,
    })
}

/// Heap sub-records with a body of their own.
pub(super) const CLASS_DUMP: u8 = 0x20;
pub(super) const INSTANCE_DUMP: u8 = 0x21;
pub(super) const OBJ_ARRAY_DUMP: u8 = 0x22;
pub(super) const PRIM_ARRAY_DUMP: u8 = 0x23;
/// A primitive array of Android whose elements were left out (`HPROF_PRIMITIVE_ARRAY_NODATA_DUMP`).
pub(super) const PRIM_ARRAY_NODATA: u8 = 0xc3;

/// Identifiers and numbers of four bytes behind the tag of a sub-record of fixed size: roots, and Android's heaps.
pub(super) fn fixed(tag: u8) -> Option<(u64, u64)> {
    Some(match tag {
        // ROOT_UNKNOWN, ROOT_STICKY_CLASS, ROOT_MONITOR_USED; Android: interned string, finalizing, debugger,
        // reference cleanup, VM internal, unreachable.
        0xff | 0x05 | 0x07 | 0x89..=0x8d | 0x90 => (1, 0),
        // ROOT_JNI_GLOBAL.
        0x01 => (2, 0),
        // ROOT_JNI_LOCAL, ROOT_JAVA_FRAME, ROOT_THREAD_OBJ; Android: JNI monitor.
        0x02 | 0x03 | 0x08 | 0x8e => (1, 2),
        // ROOT_NATIVE_STACK, ROOT_THREAD_BLOCK; Android: HEAP_DUMP_INFO, a number and the name of a heap.
        0x04 | 0x06 | 0xfe => (1, 1),
        _ => return None,
    })
}

/// `HPROF_NORMAL_OBJECT`.
pub(super) const OBJECT: u8 = 2;
/// What Java calls a primitive type.
pub(super) fn type_name(kind: u8) -> &'static str {
    match kind {
        4 => "boolean",
        5 => "char",
        6 => "float",
        7 => "double",
        8 => "byte",
        9 => "short",
        10 => "int",
        11 => "long",
        _ => "unknown",
    }
}

/// Bytes of an element of a primitive type.
pub(super) fn width(kind: u8) -> Option<u8> {
    Some(match kind {
        // boolean, byte.
        4 | 8 => 1,
        // char, short.
        5 | 9 => 2,
        // float, int.
        6 | 10 => 4,
        // double, long.
        7 | 11 => 8,
        _ => return None,
    })
}
