# cmake "-DINPUTS=…;…" -DOUTPUT=… -P embed_text.cmake: the texts, one after the other, as a C++ source. Raw literals, so that no
# tool is needed; one for each file, because a compiler need not take a long one.
set(literals "")
foreach(input IN LISTS INPUTS)
  file(READ "${input}" text)
  string(APPEND literals "\n  R\"zoetrope(${text})zoetrope\"")
endforeach()
file(WRITE "${OUTPUT}" "#include \"server/catalogue/catalogue.h\"

namespace zoetrope {

std::string_view DefaultCatalogueText() { return ${literals}; }

}  // namespace zoetrope
")
