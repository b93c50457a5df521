function sweep = mtsweep_load (file)
% MTSWEEP_LOAD  Reads the output file of a sweep into a struct, in MATLAB or Octave.
%
%   sweep = mtsweep_load ("fig3.h5");
%   sweep.config.tasks(3)            % number of tasks of the third run
%   sweep.score.r2(:, :, 2, 3)       % fit x fold, split number 2 (see sweep.axis.split), third run
%   sweep.axis.split                 % names of the splits
%   sweep.state.state                % of every run: in MATLAB words, in Octave numbers
%
% One field for each group of the file, in it one for each dataset. Text becomes a cell array.
% Dimensions are in the reverse of the documented order, as both programs read HDF5: what the
% documentation calls (run, split, fold, fit) is (fit, fold, split, run) here. Numbers of runs,
% units and so on count from 1 here, the coordinates in sweep.axis from 0. Choices, such as the
% architecture, become words where h5readatt exists, and are numbers from 0 elsewhere: Octave itself
% cannot read attributes; `mtsweep fields` lists the words. Traces and weights are read too: take
% MATLAB's h5read, or the group and dataset names with Octave's `load`, for files that do not fit.
  if (exist ('OCTAVE_VERSION', 'builtin'))
    sweep = load ('-hdf5', file);
  else
    sweep = read_group (file, h5info (file));
  end
  groups = fieldnames (sweep);
  for g = 1:numel (groups)
    names = fieldnames (sweep.(groups{g}));
    for n = 1:numel (names)
      path = ['/' groups{g} '/' names{n}];
      sweep.(groups{g}).(names{n}) = tidy (file, path, sweep.(groups{g}).(names{n}));
    end
  end
end

function group = read_group (file, info)
  group = struct ();
  for d = 1:numel (info.Datasets)
    name = info.Datasets(d).Name;
    group.(name) = h5read (file, strrep ([info.Name '/' name], '//', '/'));
  end
  for g = 1:numel (info.Groups)
    [~, name] = fileparts (info.Groups(g).Name);
    group.(name) = read_group (file, info.Groups(g));
  end
end

function value = tidy (file, path, value)
  if (ischar (value))
    value = cellstr (value);
  end
  if (iscell (value))
    value = regexprep (value(:), '[\0 ]+$', '');
  elseif (isvector (value))
    value = value(:);
  end
  if (isa (value, 'uint8') && exist ('h5readatt'))
    try
      words = regexp (char (h5readatt (file, path, 'flag_meanings')), '[^\0 ]+', 'match');
    catch
      return; % not a choice
    end
    known = value < numel (words);
    number = value;
    value = repmat ({''}, size (number));
    value(known) = words(double (number(known)) + 1);
  end
end
