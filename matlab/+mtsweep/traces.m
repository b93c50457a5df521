function traces = traces (sweep, run)
% MTSWEEP.TRACES  States and readout of a run on its evaluation trials, in the sizes of the run.
%
%   t = mtsweep.traces (sweep, 2);
%   t.hidden(:, t.phase == "decision", t.kind == "grid")    % MATLAB; strcmp (t.phase, "decision") in Octave too
%
%   hidden        unit x step x trial           readout       task x step x trial
%   latents       latent x trial                observations  latent x stimulus step x trial
%   phase         of each step: fixation, stimulus, delay, decision
%   quadrant      of each trial's last two latents: 1 (+,+), 2 (-,+), 3 (-,-), 4 (+,-); 0 = between them
%   kind          of each trial: noisy, or of the noise-free grid
%
% run: its number as in sweep.axis.run. Octave reads the traces of all runs for it.
  row = mtsweep.internal.row_of (sweep, run);
  config = sweep.config;
  runs = numel (sweep.axis.run);
  sets = numel (sweep.axis.set);
  loaded = [];
  if (exist ('OCTAVE_VERSION', 'builtin'))
    loaded = mtsweep.internal.read_group (sweep.path, 'trace');
  end
  set = mtsweep.internal.read_row (sweep.path, 'trace', 'run_set', row, runs, loaded) + 1;
  periods = {'fixation'; 'stimulus'; 'delay'; 'decision'};
  phase = mtsweep.internal.read_row (sweep.path, 'trace', 'phase', row, runs, loaded);
  phase = periods(double (phase(phase < 255)) + 1);
  steps = numel (phase);
  latents = double (config.latents(row));
  trials = double (config.trace_trials(row)) + double (config.trace_grid(row)) ^ 2;

  hidden = mtsweep.internal.read_row (sweep.path, 'trace', 'hidden', row, runs, loaded);
  traces.hidden = hidden(1:config.units(row), 1:steps, 1:trials);
  readout = mtsweep.internal.read_row (sweep.path, 'trace', 'readout', row, runs, loaded);
  traces.readout = readout(1:config.tasks(row), 1:steps, 1:trials);
  x = mtsweep.internal.read_row (sweep.path, 'trace', 'latents', set, sets, loaded);
  traces.latents = x(1:latents, 1:trials);
  observations = mtsweep.internal.read_row (sweep.path, 'trace', 'observations', set, sets, loaded);
  stimulus = config.stimulus(row) + is (config.family, row, 'accumulate', 4);
  traces.observations = observations(1:latents, 1:stimulus, 1:trials);

  traces.phase = phase;
  quadrant = mtsweep.internal.read_row (sweep.path, 'trace', 'quadrant', set, sets, loaded);
  traces.quadrant = double (quadrant(1:trials));
  kinds = {'noisy'; 'grid'};
  kind = mtsweep.internal.read_row (sweep.path, 'trace', 'trial_kind', set, sets, loaded);
  traces.kind = kinds(double (kind(1:trials)) + 1);
end

function yes = is (column, row, word, number)
  if (iscell (column))
    yes = strcmp (column{row}, word);
  else
    yes = column(row) == number;
  end
end
