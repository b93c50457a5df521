/* Our own kernels, float only. Compiled once per instruction set, with MTS_VECTOR_NAME the name in
 * the registry and MTS_VECTOR_TABLE the symbol. */
#include "../tables.h"
#include "attention.h"
#include "blocks.h"
#include "cells.h"
#include "columns.h"
#include "gram.h"
#include "noise.h"
#include "products.h"

const mts_vector MTS_VECTOR_TABLE = {
    .gram_add = gram_add,
    .kernels =
        {
            .name = MTS_VECTOR_NAME,
            .packed_size = packed_size,
            .pack = pack,
            .pack_transposed = pack_transposed,
            .affine = affine,
            .affine_back = affine_back,
            .outer = outer,
            .column_sum = column_sum,
            .alive = alive_columns,
            .gather = gather_columns,
            .finite = finite_numbers,
            .blend = blend,
            .lstm_cell = lstm_cell,
            .lstm_cell_back = lstm_cell_back,
            .layer_norm = layer_norm,
            .layer_norm_back = layer_norm_back,
            .gelu = gelu,
            .attention_scratch = attention_scratch,
            .attention = attention,
            .attention_back = attention_back,
            .dropout = dropout,
            .scaled_add = scaled_add,
            .cross_entropy = cross_entropy,
            .tanh_squared_error = tanh_squared_error,
            .adam = adam,
            .uniform = uniform,
            .normal = normal,
        },
};
