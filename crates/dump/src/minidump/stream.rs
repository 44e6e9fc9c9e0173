//! What streams are called, and what becomes of their bytes.

use crate::image::{Access, Protection};
use crate::spaces::{MADE, UNKNOWN};

/// `ThreadListStream`.
pub(super) const THREAD_LIST: u32 = 3;
/// `ModuleListStream`.
pub(super) const MODULE_LIST: u32 = 4;
/// `MemoryListStream`.
pub(super) const MEMORY_LIST: u32 = 5;
/// `ExceptionStream`.
pub(super) const EXCEPTION: u32 = 6;
/// `SystemInfoStream`.
pub(super) const SYSTEM_INFO: u32 = 7;
/// `ThreadExListStream`.
pub(super) const THREAD_EX_LIST: u32 = 8;
/// `Memory64ListStream`.
pub(super) const MEMORY_64_LIST: u32 = 9;
/// `HandleDataStream`.
pub(super) const HANDLE_DATA: u32 = 12;
/// `UnloadedModuleListStream`.
pub(super) const UNLOADED_MODULE_LIST: u32 = 14;
/// `MemoryInfoListStream`.
pub(super) const MEMORY_INFO_LIST: u32 = 16;
/// `ThreadNamesStream`.
pub(super) const THREAD_NAMES: u32 = 24;
/// `MD_LINUX_CMD_LINE`.
pub(super) const LINUX_CMD_LINE: u32 = 0x4767_0006;
/// `MD_LINUX_ENVIRON`.
pub(super) const LINUX_ENVIRON: u32 = 0x4767_0007;
/// `MD_LINUX_AUXV`.
pub(super) const LINUX_AUXV: u32 = 0x4767_0008;
/// `MD_LINUX_MAPS`.
pub(super) const LINUX_MAPS: u32 = 0x4767_0009;
/// `kMinidumpStreamTypeCrashpadInfo`.
pub(super) const CRASHPAD_INFO: u32 = 0x4350_0001;

/// What is known of a type of stream.
pub(super) struct Known {
    /// Its name, without `Stream` at the end.
    pub(super) name: &'static str,
    /// Whether its bytes may be judged as those of memory: the process or the reporter chose them.
    pub(super) access: Access,
    /// Set if readers need it as it is.
    pub(super) protection: Option<Protection>,
}

/// What a type of stream is called. Texts and what the process may have filled are searched; tables that a reader starts
/// from are protected.
pub(super) fn known(kind: u32) -> Known {
    let table = |name| Known { name, access: MADE, protection: Some(Protection::Structure) };
    let read = |name| Known { name, access: MADE, protection: Some(Protection::Debugger) };
    let open = |name| Known { name, access: MADE, protection: None };
    let filled = |name| Known { name, access: UNKNOWN, protection: None };
    match kind {
        0 => filled("UnusedStream"),
        THREAD_LIST => table("ThreadList"),
        MODULE_LIST => table("ModuleList"),
        MEMORY_LIST => table("MemoryList"),
        EXCEPTION => read("Exception"),
        SYSTEM_INFO => table("SystemInfo"),
        THREAD_EX_LIST => table("ThreadExList"),
        MEMORY_64_LIST => table("Memory64List"),
        10 => filled("CommentA"),
        11 => filled("CommentW"),
        HANDLE_DATA => read("HandleData"),
        13 => read("FunctionTable"),
        UNLOADED_MODULE_LIST => table("UnloadedModuleList"),
        15 => read("MiscInfo"),
        MEMORY_INFO_LIST => table("MemoryInfoList"),
        17 => read("ThreadInfoList"),
        18 => read("HandleOperationList"),
        19 => filled("Token"),
        20 => filled("JavaScriptData"),
        21 => read("SystemMemoryInfo"),
        22 => read("ProcessVmCounters"),
        23 => filled("IptTrace"),
        THREAD_NAMES => table("ThreadNames"),
        0x4767_0001 => read("BreakpadInfo"),
        0x4767_0002 => open("AssertionInfo"),
        0x4767_0003 => open("LinuxCpuInfo"),
        0x4767_0004 => open("LinuxProcStatus"),
        0x4767_0005 => open("LinuxLsbRelease"),
        LINUX_CMD_LINE => open("LinuxCmdLine"),
        LINUX_ENVIRON => open("LinuxEnviron"),
        LINUX_AUXV => read("LinuxAuxv"),
        LINUX_MAPS => read("LinuxMaps"),
        0x4767_000a => read("LinuxDsoDebug"),
        CRASHPAD_INFO => read("CrashpadInfo"),
        0x4d7a_0001 => open("MozMacosCrashInfo"),
        0x4d7a_0002 => open("MozMacosBootargs"),
        0x4d7a_0003 => open("MozLinuxLimits"),
        0x4d7a_0004 => open("MozSoftErrors"),
        // MINIDUMP_STREAM_TYPE: those above LastReservedStream (0xffff) are the writer's own.
        0x1_0000.. => filled("user stream"),
        _ => filled("unknown stream"),
    }
}
