/^#define MTS_MEASURES/a\
    X(participation, "measure the participation ratio of the hidden states", __VA_ARGS__) \\
/^    COLUMN(measure, sparsity,/i\
    COLUMN(measure, participation, F64, "1", SHOWN("participation ratio of the hidden states", 1, none), \\\
           "(tr C)^2 / tr(C C), C the covariance of the states at all steps of 40 noise-free trials") \\
