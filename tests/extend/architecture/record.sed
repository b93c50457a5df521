/^#define MTS_ARCHS(X)/s/$/ X(gru)/
/CHOICE(arch,/,/")/s/")/; or gru, gated units [arXiv 1406.1078]")/
