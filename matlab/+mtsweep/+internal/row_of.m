function row = row_of (sweep, run)
% Where a run with results is; an error if there is no such run, or it has none.
  row = find (sweep.axis.run == run);
  if (isempty (row))
    error ('mtsweep:run', 'no run %d in %s', run, sweep.path);
  end
  if (~ any (strcmp (sweep.state.state{row}, {'done', 'diverged'})))
    error ('mtsweep:run', 'run %d is %s: it has no results', run, sweep.state.state{row});
  end
end
