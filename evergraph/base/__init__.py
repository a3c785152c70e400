"""What everything stands on: dtypes, shapes, errors, nests, export marks. No torch, no graph.

export      marks for public names                  dtypes, tensor_shape, errors
nest        nested structures                       type_spec, tensor_spec
compat      text, number types, dates               version, missing, tf2
decorator, decorator_utils, tf_inspect, deprecation, function_utils, dispatch: about callables
object_identity, serialization, lock_util, keyword_args, lazy_loader, tf_stack, tf_export: utilities
platform/   logging, flags, app, files (filesystem, file_io, gfile), resource_loader, sysconfig
"""
