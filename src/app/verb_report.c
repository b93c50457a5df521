/* verb_report.c: `mtsweep report`: a page about a sweep, made by python/mtsweep/report.py, which asks
 * this program for every median and verdict. */
#include "python.h"

static const mts_app_option options[] = {{"output", 'o', "PAGE",
                                          "the page, like report.html; replaced where it is there",
                                          MTS_APP_REQUIRED},
                                         {NULL, 0, NULL, NULL, 0}};

static const char more[] =
    "One HTML file that asks no network for anything: verdicts and tables, the grid, learning "
    "curves, failures, where and how long it ran, and a page a run with its states and raster. "
    "Also while the sweep runs. Needs Python 3 with numpy, h5py, xarray and pandas; the variable "
    "PYTHON names another one.\n";

static int report_main(const mts_app_args *args)
{
    mts_store *store = NULL;
    mts_status st = mts_app_open(args->argument[0], &store);
    if (st == MTS_OK)
        st = mts_store_close(store);
    if (st == MTS_OK)
        st = mts_app_python(args, "mtsweep.make_report", "numpy h5py xarray pandas");
    return mts_app_report(st);
}

const mts_app_verb mts_app_verb_report = {
    "report",
    "OUT",
    "one page to look at, mail and print: numbers, grid, curves, runs",
    options,
    more,
    report_main,
    {{"mtsweep report fig3.h5 -o report.html", "the whole sweep, for a browser"},
     {"mtsweep report fig3.h5 -o report.html && xdg-open report.html",
      "made and opened, as often as wanted while the sweep runs"}}};
