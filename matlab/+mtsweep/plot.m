function axis = plot (sweep, score, x, by, axis)
% MTSWEEP.PLOT  A result of every finished run against a config field, a dot a run.
%
%   mtsweep.plot (sweep, "ood_r2", "tasks")
%   mtsweep.plot (sweep, "ood_r2", "tasks", "arch", gca)
%
% score: a name in sweep.result, or a measure of one number a run; by: a field whose values get a colour each;
% axis: where to draw, by default gca. Returns the axes. Medians and quartiles over seeds, folds and fits are
% what `mtsweep show --csv` prints.
  if (nargin < 5)
    axis = gca ();
  end
  if (isfield (sweep.result, score))
    y = sweep.result.(score);
  elseif (isfield (sweep.measure, score) && numel (sweep.measure.(score)) == numel (sweep.axis.run))
    y = sweep.measure.(score);
  else
    error ('mtsweep:plot', 'no result %s in %s', score, sweep.path);
  end
  done = ismember (sweep.state.state, {'done', 'diverged'});
  group = ones (numel (done), 1);
  words = {};
  if (nargin > 3 && ~ isempty (by))
    [values, ~, group] = unique (sweep.config.(by));
    words = cellstr (values_text (values));
  end
  at = double (sweep.config.(x));
  held = ishold (axis);
  for g = 1:max (group)
    rows = done & group(:) == g;
    line (at(rows), double (y(rows)), 'linestyle', 'none', 'marker', 'o', 'parent', axis, ...
          'color', pick (get (axis, 'colororder'), g));
  end
  if (~ held)
    xlabel (axis, strrep (x, '_', ' '));
    ylabel (axis, strrep (score, '_', ' '));
  end
  if (~ isempty (words))
    legend (axis, strcat ([by ' '], words));
  end
end

function color = pick (colors, g)
  color = colors(mod (g - 1, size (colors, 1)) + 1, :);
end

function words = values_text (values)
  if (iscell (values))
    words = values;
  else
    words = arrayfun (@(v) sprintf ('%g', v), values(:), 'UniformOutput', false);
  end
end
