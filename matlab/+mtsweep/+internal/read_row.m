function value = read_row (file, group, name, row, rows, loaded)
% Row number `row` of a dataset whose last dimension has `rows` rows. MATLAB reads this row alone; Octave cannot, and
% takes it out of the loaded group, in which a last dimension of 1 is not seen.
  if (isempty (loaded))
    path = ['/' group '/' name];
    info = h5info (file, path);
    shape = info.Dataspace.Size;
    value = h5read (file, path, [ones(1, numel (shape) - 1) row], [shape(1:end - 1) 1]);
    return;
  end
  value = loaded.(name);
  if (rows > 1 && isvector (value))
    value = value(row);
  elseif (rows > 1)
    shape = size (value);
    value = reshape (value, [], rows);
    value = reshape (value(:, row), [shape(1:end - 1) 1]);
  end
end
