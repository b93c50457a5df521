function lines = table (sweep)
% MTSWEEP.TABLE  Tidy scores: a line a run, split, fold and fit.
%
%   t = mtsweep.table (sweep);
%   t.r2(t.tasks == 24 & strcmp (t.split, "ood"))
%
% Columns are run, the config fields that vary, state, split, fold, fit, and each score: a table in MATLAB, a
% struct of columns in Octave. Scores are NaN where a run has no results, or fewer folds or fits than others.
  runs = numel (sweep.axis.run);
  fits = numel (sweep.axis.fit);
  folds = numel (sweep.axis.fold);
  splits = numel (sweep.axis.split);
  [fit, fold, split, run] = ndgrid (1:fits, 1:folds, 1:splits, 1:runs);
  lines.run = sweep.axis.run(run(:));
  fields = fieldnames (sweep.config);
  for f = 1:numel (fields)
    column = sweep.config.(fields{f});
    if (~ strcmp (fields{f}, 'run') && numel (column) == runs && numel (unique (column)) > 1)
      lines.(fields{f}) = column(run(:));
    end
  end
  lines.state = sweep.state.state(run(:));
  lines.split = sweep.axis.split(split(:));
  lines.fold = sweep.axis.fold(fold(:));
  lines.fit = sweep.axis.fit(fit(:));
  missing = ~ ismember (lines.state, {'done', 'diverged'});
  names = fieldnames (sweep.score);
  for n = 1:numel (names)
    values = sweep.score.(names{n});
    if (~ isfield (sweep.axis, names{n}) && ~ strcmp (names{n}, 'pair_angle') && numel (values) == numel (run))
      lines.(names{n}) = values(:);
      lines.(names{n})(missing) = NaN;
    end
  end
  if (~ exist ('OCTAVE_VERSION', 'builtin'))
    lines = struct2table (lines);
  end
end
