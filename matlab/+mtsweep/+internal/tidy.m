function value = tidy (file, path, value)
% Text as a column of cells, vectors as columns, choices as words where attributes can be read.
  if (ischar (value))
    value = cellstr (value);
  end
  if (iscell (value))
    value = regexprep (value(:), '[\0 ]+$', '');
  elseif (isvector (value))
    value = value(:);
  end
  if (isa (value, 'uint8') && ~ isempty (which ('h5readatt')))
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
