/* choices.h: what there is to choose from, as a message lists it, for tests of messages: no test
 * holds a list of its own. */
#ifndef MTSWEEP_TESTS_CHOICES_H
#define MTSWEEP_TESTS_CHOICES_H

#include "mtsweep/record.h"

#define CHOICE_LISTED(name) #name ", "

#define ARCHS MTS_ARCHS(CHOICE_LISTED) /* "rnn, rnn_noleak, ", and so on */

#endif
