/* python.h: verbs that the Python package does, in python/mtsweep. */
#ifndef MTSWEEP_APP_PYTHON_H
#define MTSWEEP_APP_PYTHON_H

#include "app.h"

/* Becomes `python3 -m MODULE` with the words of the command line that follow the verb; returns only
 * where it cannot: MTS_ERR_IO, no Python here has the packages that `needs` names with blanks between
 * them. The package is that of the tree or prefix that the program lies in, else the installed one;
 * Python finds this program in the variable MTSWEEP. */
mts_status mts_app_python(const mts_app_args *args, const char *module, const char *needs);

#endif
