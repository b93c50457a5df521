function weights = weights (sweep, run, block)
% MTSWEEP.WEIGHTS  Trained parameters of a run, or its frozen encoder, cut into tensors.
%
%   w = mtsweep.weights (sweep, 2);
%   w.W_rec                                  % inputs x outputs; vectors are rows
%   mtsweep.weights (sweep, 2, "encoder").W0
%
% Tensors of a gpt with several blocks are block0_W_attn, block1_W_attn, ... run: its number as in sweep.axis.run.
  if (nargin < 3)
    block = 'parameters';
  end
  row = mtsweep.internal.row_of (sweep, run);
  table = mtsweep.internal.read_group (sweep.path, 'weights');
  loaded = [];
  if (exist ('OCTAVE_VERSION', 'builtin'))
    loaded = table;
  end
  weights = struct ();
  if (~ isfield (table, block))
    return;
  end
  values = mtsweep.internal.read_row (sweep.path, 'weights', block, row, numel (sweep.axis.run), loaded);
  name = mtsweep.internal.tidy (sweep.path, '/weights/tensor_name', table.tensor_name, numel (table.tensor));
  blocks = {'parameters', 'encoder'};
  mine = find (table.tensor_layout(:) == table.run_layout(row) & ...
               table.tensor_block(:) == find (strcmp (blocks, block)) - 1);
  for i = mine.'
    n = double ([table.tensor_cols(i), table.tensor_rows(i)]);
    first = double (table.tensor_offset(i)) + 1;
    field = regexprep (name{i}, '^(\d+)\.', 'block$1_');
    weights.(field) = reshape (values(first:first + prod (n) - 1), n).';
  end
end
