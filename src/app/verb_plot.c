/* verb_plot.c: `mtsweep plot`: the figures of a sweep, drawn by python/mtsweep/plot. */
#include "python.h"

static const mts_app_option options[] = {
    {"output", 'o', "PLACE",
     "a folder (by default OUT without its ending, and _figures), or a file for one figure, like "
     "3b.pdf",
     0},
    {"figure", 0, "FIGURES",
     "these figures instead of all that OUT can give: " MTS_APP_FIGURES_PAPER
     " as in the paper; " MTS_APP_FIGURES_OTHER "; with commas",
     0},
    {"format", 0, "FORMATS", "some of pdf,svg,png, which is the default; png has 300 dpi", 0},
    {"score", 0, "NAMES", "scores, heat: what is drawn, named as in show: id_r2, ood_angle, loss",
     0},
    {"x", 0, "FIELD", "scores, heat: the horizontal axis; by default the last of the sweep", 0},
    {"y", 0, "FIELD", "heat: the vertical axis", 0},
    {"line", 0, "FIELD", "scores, curves, spectra: a line for each of its values", 0},
    {"panel", 0, "FIELD", "scores, curves: a panel for each of its values", 0},
    {"run", 0, "NUMBERS", "3d, 4, S4-attractor: these runs, instead of the first that fit", 0},
    {"floor", 0, "R2", "the least r2 within an axis, by default -0.2; an arrow marks what is below",
     0},
    {NULL, 0, NULL, NULL, 0}};

static const char more[] =
    "Lines are medians and bands quartiles, as `mtsweep show` has them; the line below a figure "
    "says "
    "over what.\nNeeds Python with h5py, xarray, pandas and matplotlib; the variable PYTHON names "
    "one.\n";

static int plot_main(const mts_app_args *args)
{
    mts_store *store = NULL;
    mts_status st = mts_app_open(args->argument[0], &store);
    if (st == MTS_OK)
        st = mts_store_close(store);
    if (st == MTS_OK)
        st = mts_app_python(args, "mtsweep.plot", "numpy h5py xarray pandas matplotlib");
    return mts_app_report(st);
}

const mts_app_verb mts_app_verb_plot = {
    "plot",
    "OUT",
    "draws the figures that a file can give, as PDF, SVG and PNG",
    options,
    more,
    plot_main,
    {{"mtsweep plot fig3.h5", "all of them, in the folder fig3_figures"},
     {"mtsweep plot fig3.h5 --figure heat --score id_r2 -o heat.pdf", "one, in one file"}}};
