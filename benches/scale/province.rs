//! What ten million pages need, from what was measured.

use anyhow::Result;

use super::real::Real;

const PAGES: f64 = 10_000_000.0;
/// How long it may take, in days, and how much of the time machines are at work.
const DAYS: f64 = 90.0;
const AT_WORK: f64 = 0.8;
const CORES_A_MACHINE: f64 = 16.0;
/// Assumed, to be replaced by an office's own: VND for an hour of a core, and for a gigabyte of disk for a year.
const CORE_HOUR: f64 = 700.0;
const GIGABYTE_YEAR: f64 = 12_000.0;

pub fn report(real: &Real) -> Result<String> {
    let core_hours = PAGES * real.a_page() / 3600.0;
    let cores = core_hours / (DAYS * 24.0 * AT_WORK);
    let machines = (cores / CORES_A_MACHINE).ceil();
    let (upload, work) = real.disk();
    let gigabytes = PAGES * (upload + work) / 1e9;
    let pages_a_second = PAGES / (DAYS * 24.0 * 3600.0 * AT_WORK);
    let server = 100.0 * pages_a_second * real.a_page_of_the_server();
    Ok(format!(
        "## A province: ten million pages\n\n\
         Arithmetic over the figures above, for scans like the one measured; the two prices are assumptions.\n\n\
         - Cores: 10,000,000 pages × {a_page:.2} s = {core_hours:.0} core hours. In {DAYS:.0} days with machines at work {at_work:.0} % of the time: \
         {cores:.1} cores, so {machines:.0} of machines with {CORES_A_MACHINE:.0}.\n\
         - Database: {pages_a_second:.1} pages a second × {server_page:.1} ms = {server:.1} % of a core of the server.\n\
         - Disk: 10,000,000 × ({upload:.0} kB of upload + {work:.0} kB of pages for showing and going on) = {gigabytes:.0} GB, without backups.\n\
         - Money: {core_hours:.0} × {CORE_HOUR:.0} VND + {gigabytes:.0} GB × {GIGABYTE_YEAR:.0} VND a year = {reading:.0} million VND once, \
         {keeping:.0} million VND a year.\n\n\
         The measured scan is one page again and again in its file, so that its upload is smaller than an archive's: at 300 dpi in grey \
         a page is rather 500 kB.\n",
        a_page = real.a_page(),
        at_work = 100.0 * AT_WORK,
        server_page = 1000.0 * real.a_page_of_the_server(),
        upload = upload / 1000.0,
        work = work / 1000.0,
        reading = core_hours * CORE_HOUR / 1e6,
        keeping = gigabytes * GIGABYTE_YEAR / 1e6,
    ))
}
