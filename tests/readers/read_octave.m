% Loads a whole output file in Octave and compares every dataset with what h5py saw.
%   octave --eval "cd tests/readers; read_octave" with MTS_FILE, MTS_NUMBERS and MTS_MATLAB in the environment
file = getenv ("MTS_FILE");
faults = {};
compared = 0;
sweep = load ("-hdf5", file);
lines = strsplit (strtrim (fileread (getenv ("MTS_NUMBERS"))), "\n");
for i = 1:numel (lines)
  word = strsplit (lines{i}, " ");
  where = ["/" word{1} "/" word{2}];
  if (! isfield (sweep, word{1}) || ! isfield (sweep.(word{1}), word{2}))
    faults{end + 1} = [where " is missing"];
    continue;
  end
  value = sweep.(word{1}).(word{2});
  rank = str2double (word{4});
  shape = str2double (word(5:4 + rank));
  stored = regexprep (word{3}, "float\\d+", "double"); % load widens
  value = value(:);
  real = double (value(! isnan (value)));
  total = str2double (word{end - 1});
  first = str2double (word{end});
  if (! strcmp (class (value), stored))
    faults{end + 1} = [where " is " class(value) ", not " stored];
  elseif (numel (value) != prod (shape))
    faults{end + 1} = [where " has another size"];
  elseif (rank > 1 && ! isequal (size (squeeze (sweep.(word{1}).(word{2}))), size (squeeze (zeros ([fliplr(shape) 1])))))
    faults{end + 1} = [where " has another shape"];
  elseif (abs (sum (real) - total) > 1e-9 * (1 + abs (total)))
    faults{end + 1} = sprintf ("%s sums to %.17g, not %.17g", where, sum (real), total);
  elseif (! isempty (real) && real(1) != first)
    faults{end + 1} = sprintf ("%s begins with %.17g, not %.17g", where, real(1), first);
  end
  compared++;
end
if (compared < 60)
  faults{end + 1} = sprintf ("only %d datasets", compared);
end
failed = report ("octave loads every dataset with the same numbers", faults);

faults = {};
addpath (getenv ("MTS_MATLAB"));
tidy = mtsweep.open (file);
if (! isequal (tidy.axis.split, {"id"; "ood"; "ood_published"}))
  faults{end + 1} = "axis.split";
end
if (! iscellstr (tidy.state.host) || numel (tidy.state.host) != numel (tidy.axis.run))
  faults{end + 1} = "state.host";
end
if (! iscellstr (tidy.state.state) || ! strcmp (tidy.state.state{1}, {"pending", "running", "done", "diverged", "failed"}{sweep.state.state(1) + 1}))
  faults{end + 1} = "state.state";
end
if (! isequal (tidy.config.tasks(:), sweep.config.tasks(:)) || ! iscolumn (tidy.config.tasks))
  faults{end + 1} = "config.tasks";
end
failed += report ("mtsweep.open reads text as cells and columns as columns", faults);
exit (failed > 0);
