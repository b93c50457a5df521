function sweep = open (file)
% MTSWEEP.OPEN  Reads the output file of a sweep into a struct, in MATLAB or Octave.
%
%   addpath matlab
%   sweep = mtsweep.open ("fig3.h5");
%   sweep.config.tasks(3)            % number of tasks of the third run
%   sweep.score.r2(:, :, 2, 3)       % fit x fold, split number 2 (see sweep.axis.split), third run
%   sweep.axis.split                 % names of the splits
%   sweep.state.state                % of every run: pending, running, done, diverged, failed
%   mtsweep.table (sweep)            % scores, a line a run, split, fold and fit
%   mtsweep.traces (sweep, 2)        % states of run 2 on its evaluation trials
%   mtsweep.weights (sweep, 2)       % its trained parameters
%   mtsweep.plot (sweep, "ood_r2", "tasks", "arch")
%
% One field for each group of the file, in it one for each dataset; trace and weights are left to the
% functions above. Text becomes a cell array. Dimensions are in the reverse of the documented order, as
% both programs read HDF5: what the documentation calls (run, split, fold, fit) is (fit, fold, split, run)
% here. Indices of runs, units and so on count from 1 here, the coordinates in sweep.axis from 0; functions
% take the number of a run as sweep.axis.run has it. Only runs that are done or diverged have results.
%
% Choices, such as the architecture, become words where h5readatt exists; Octave itself cannot read
% attributes, and leaves numbers from 0, but for the state: `mtsweep fields` lists the words.
  if (~ exist (file, 'file'))
    error ('mtsweep:open', '%s: no such file', file);
  end
  sweep = struct ();
  groups = {'axis', 'config', 'state', 'result', 'score', 'history', 'measure', 'session'};
  for g = 1:numel (groups)
    group = mtsweep.internal.read_group (file, groups{g});
    sweep.(groups{g}) = struct ();
    names = fieldnames (group);
    for n = 1:numel (names)
      rows = rows_of (group, names{n});
      sweep.(groups{g}).(names{n}) = mtsweep.internal.tidy (file, ['/' groups{g} '/' names{n}], group.(names{n}), rows);
    end
  end
  if (~ isfield (sweep.state, 'state') || ~ isfield (sweep.axis, 'run'))
    error ('mtsweep:open', '%s is not a file of mtsweep', file);
  end
  named = {'split', 'fold'};
  for n = 1:2
    if (isfield (sweep.axis, [named{n} '_name']))
      sweep.axis.(named{n}) = sweep.axis.([named{n} '_name']);
    end
  end
  if (isnumeric (sweep.state.state))
    words = {'pending'; 'running'; 'done'; 'diverged'; 'failed'};
    sweep.state.state = words(double (sweep.state.state) + 1);
  end
  sweep.path = file;
end

% Length of the first axis of a column of text or choices.
function rows = rows_of (group, name)
  axes = {'run', 'session'};
  if (strcmp (name, 'split_name') || strcmp (name, 'fold_name'))
    axes = {strrep(name, '_name', '')};
  end
  rows = 0;
  for a = 1:numel (axes)
    if (rows == 0 && isfield (group, axes{a}))
      rows = numel (group.(axes{a}));
    end
  end
end
