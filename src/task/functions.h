/* functions.h: functions that draw trials, in double and with + - * / only, so that they give the
 * same bits on every machine, which those of the C library do not promise. */
#ifndef MTSWEEP_TASK_FUNCTIONS_H
#define MTSWEEP_TASK_FUNCTIONS_H

/* ln x of a positive normal number; relative error below 1e-15 away from x = 1, absolute error
 * below 1e-16 near it. */
double mts_task_log(double x);

/* The normal distribution function for |z| <= 8; absolute error below 1e-15. */
double mts_task_normal_cdf(double z);

#endif
