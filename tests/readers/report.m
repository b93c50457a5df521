function failed = report (name, faults)
% Prints one line for a test; returns whether it failed.
  failed = ! isempty (faults);
  if (failed)
    printf ("not ok %s: %s\n", name, strjoin (faults(1:min (end, 5)), "; "));
  else
    printf ("ok %s\n", name);
  end
end
