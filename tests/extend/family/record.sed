/^#define MTS_FAMILIES(X)/s/$/ X(concentric)/
/CHOICE(family,/,/")/s/")/; concentric = inside or outside of spheres around 0, any number of latents")/
