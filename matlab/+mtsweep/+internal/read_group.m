function group = read_group (file, name)
% A group of the file as a struct, a field for each dataset; without fields if there is none.
  group = struct ();
  if (exist ('OCTAVE_VERSION', 'builtin'))
    loaded = load ('-hdf5', file, name);
    if (isfield (loaded, name))
      group = loaded.(name);
    end
    return;
  end
  try
    info = h5info (file, ['/' name]);
  catch
    return;
  end
  for d = 1:numel (info.Datasets)
    [~, dataset] = fileparts (info.Datasets(d).Name);
    group.(dataset) = h5read (file, ['/' name '/' dataset]);
  end
end
