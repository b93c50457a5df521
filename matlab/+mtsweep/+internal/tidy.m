function value = tidy (file, path, value, rows)
% Text as a column of cells, vectors as columns, choices as words where attributes can be read. rows: length of the first
% axis as documented. Text is bytes, and longer than that.
  if (isa (value, 'uint8') && numel (value) ~= rows)
    value = regexprep (cellstr (char (reshape (value, [], rows).')), '\0+$', '');
    return;
  end
  if (isvector (value))
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
